/** Preconditions of deletes, in the body and in the query. */
import { expect } from 'chai';
import { CustomRig, task, TASKS } from './custom-rig.ts';

const OTHER_UID = '11111111-2222-3333-4444-555555555555';

interface Versions {
  readonly uid: string;
  readonly old: string;
  readonly now: string;
}

describe('preconditions of a delete', () => {
  let rig: CustomRig;
  let versions: Versions;

  beforeEach(async () => {
    rig = new CustomRig();
    const created = await rig.send('POST', TASKS, task('a'));
    const changed = await rig.merge(`${TASKS}/a`, { spec: { done: true } });
    const { uid, resourceVersion } = created.body.metadata;
    versions = { uid, old: resourceVersion, now: changed.body.metadata.resourceVersion };
  });
  afterEach(() => rig.close());

  // The statuses of a kube-apiserver of Kubernetes 1.36.
  for (const [title, query, body, status] of [
    ['its uid in the query', 'uid={uid}', undefined, 200],
    ['another uid in the query', `uid=${OTHER_UID}`, undefined, 409],
    ['an empty uid in the query', 'uid=', undefined, 200],
    ['its version in the query', 'resourceVersion={now}', undefined, 200],
    ['an old version in the query', 'resourceVersion={old}', undefined, 409],
    ['a version that is not a number in the query', 'resourceVersion=abc', undefined, 409],
    ['version zero in the query', 'resourceVersion=0', undefined, 409],
    ['an empty version in the query', 'resourceVersion=', undefined, 200],
    ['its uid and an old version in the query', 'uid={uid}&resourceVersion={old}', undefined, 409],
    ['another uid in a dry run', `uid=${OTHER_UID}&dryRun=All`, undefined, 409],
    ['the first of two uids in the query', `uid={uid}&uid=${OTHER_UID}`, undefined, 200],
    ['another uid in the query beside a body', `uid=${OTHER_UID}`, { kind: 'DeleteOptions', apiVersion: 'v1' }, 200],
    ['another uid in the body', '', { preconditions: { uid: OTHER_UID } }, 409],
    ['an old version in the body', '', { preconditions: { resourceVersion: '{old}' } }, 409],
  ] as const) {
    it(`lead to ${status} for ${title}`, async () => {
      const filled = (text: string): string =>
        text.replace(/\{(\w+)\}/g, (all, name: string) => (versions as unknown as Record<string, string>)[name] ?? all);
      const sent = body === undefined ? undefined : filled(JSON.stringify(body));
      const response = await rig.send('DELETE', `${TASKS}/a?${filled(query)}`, sent);
      expect([response.status, response.body.reason]).to.deep.equal([status, status === 409 ? 'Conflict' : undefined]);
      expect((await rig.send('GET', `${TASKS}/a`)).status).to.equal(status === 409 ? 200 : 404);
    });
  }

  it('of a deletecollection apply to each object', async () => {
    const { status } = await rig.send('DELETE', `${TASKS}?uid=${OTHER_UID}`);
    expect([status, (await rig.send('GET', `${TASKS}/a`)).status]).to.deep.equal([409, 200]);
    expect((await rig.send('DELETE', `${TASKS}?uid=${versions.uid}`)).status).to.equal(200);
  });
});
