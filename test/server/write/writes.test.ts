import { expect } from 'chai';
import { CustomRig, task, TASK, TASKS } from './custom-rig.ts';

describe('a custom resource', () => {
  let rig: CustomRig;
  beforeEach(() => {
    rig = new CustomRig();
  });
  afterEach(() => rig.close());

  it('gets its system fields when it is created', async () => {
    const { status, body } = await rig.send('POST', TASKS, task('a'));
    expect([status, body]).to.deep.include(201);
    expect(body).to.deep.include({ apiVersion: 'example.com/v1', kind: 'CustomTask', spec: { title: 'a' } });
    const { uid, resourceVersion, creationTimestamp, ...metadata } = body.metadata;
    expect(metadata).to.deep.include({ name: 'a', namespace: 'default', generation: 1 });
    expect(uid).to.match(/^[0-9a-f-]{36}$/);
    expect(creationTimestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(resourceVersion).to.match(/^[1-9]\d+$/);
    expect((await rig.send('GET', `${TASKS}/a`)).body).to.deep.equal(body);
  });

  it('cannot be created twice', async () => {
    await rig.send('POST', TASKS, task('a'));
    const { status, body } = await rig.send('POST', TASKS, task('a'));
    expect([status, body.reason, body.message]).to.deep.equal([
      409,
      'AlreadyExists',
      'customtasks.example.com "a" already exists',
    ]);
  });

  it('gets a name from generateName', async () => {
    const { status, body } = await rig.send('POST', TASKS, { ...task(''), metadata: { generateName: 'job-' } });
    expect([status, body.metadata.name]).to.deep.equal([201, body.metadata.name]);
    expect(body.metadata.name).to.match(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('can be replaced only at its current version', async () => {
    const { body } = await rig.send('POST', TASKS, task('a'));
    const next = { ...body, spec: { title: 'b' } };
    const first = await rig.send('PUT', `${TASKS}/a`, next);
    expect([first.status, first.body.spec, first.body.metadata.generation]).to.deep.equal([200, { title: 'b' }, 2]);
    const second = await rig.send('PUT', `${TASKS}/a`, next);
    expect([second.status, second.body.reason]).to.deep.equal([409, 'Conflict']);
    expect(second.body.message).to.match(
      /the object has been modified; please apply your changes to the latest version and try again$/,
    );
  });

  it('keeps its version when an update changes nothing', async () => {
    const { body } = await rig.send('POST', TASKS, task('a'));
    expect((await rig.send('PUT', `${TASKS}/a`, body)).body).to.deep.equal(body);
    expect((await rig.merge(`${TASKS}/a`, { spec: { title: 'a' } })).body).to.deep.equal(body);
  });

  it('can be patched', async () => {
    await rig.send('POST', TASKS, task('a'));
    const merged = await rig.merge(`${TASKS}/a`, { spec: { done: true } });
    expect([merged.status, merged.body.spec]).to.deep.equal([200, { title: 'a', done: true }]);
    const json = [{ op: 'replace', path: '/spec/title', value: 'c' }];
    const patched = await rig.send('PATCH', `${TASKS}/a`, json, { 'Content-Type': 'application/json-patch+json' });
    expect([patched.status, patched.body.spec]).to.deep.equal([200, { title: 'c', done: true }]);
    const strategic = await rig.send(
      'PATCH',
      `${TASKS}/a`,
      {},
      { 'Content-Type': 'application/strategic-merge-patch+json' },
    );
    expect(strategic.status).to.equal(415);
  });

  for (const patch of ['null', '[]', '[{"op":"replace","path":"","value":null}]']) {
    it(`is not changed by the JSON patch ${patch}`, async () => {
      const { body } = await rig.send('POST', TASKS, task('a'));
      const type = { 'Content-Type': 'application/json-patch+json' };
      const patched = await rig.send('PATCH', `${TASKS}/a`, patch, type);
      expect([patched.status, patched.body]).to.deep.equal([200, body]);
    });
  }

  it('has a status that is written through its subresource only', async () => {
    const { body } = await rig.send('POST', TASKS, { ...task('a'), status: { phase: 'New' } });
    expect(body.status).to.equal(undefined);
    const status = await rig.merge(`${TASKS}/a/status`, { status: { phase: 'Done' }, spec: { title: 'no' } });
    expect([status.body.spec, status.body.status, status.body.metadata.generation]).to.deep.equal([
      { title: 'a' },
      { phase: 'Done' },
      1,
    ]);
    expect((await rig.merge(`${TASKS}/a`, { status: null })).body.status).to.deep.equal({ phase: 'Done' });
    expect((await rig.send('GET', `${TASKS}/a/status`)).status).to.equal(200);
  });

  it('has a scale', async () => {
    await rig.send('POST', TASKS, task('a', { replicas: 2 }));
    const scale = await rig.send('GET', `${TASKS}/a/scale`);
    expect(scale.body).to.deep.include({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { replicas: 0 },
    });
    const put = await rig.send('PUT', `${TASKS}/a/scale`, { ...scale.body, spec: { replicas: 5 } });
    expect([put.status, put.body.spec]).to.deep.equal([200, { replicas: 5 }]);
    expect((await rig.merge(`${TASKS}/a/scale`, { spec: { replicas: 3 } })).body.spec).to.deep.equal({ replicas: 3 });
    expect((await rig.send('GET', `${TASKS}/a`)).body.spec).to.deep.equal({ replicas: 3 });
  });

  it('has replicas that a Scale can contain', async () => {
    const ofReplicas = (replicas: number): object => task(`a${replicas}`, { replicas });
    expect((await rig.send('POST', TASKS, ofReplicas(2_147_483_647))).status).to.equal(201);
    const { status, body } = await rig.send('POST', TASKS, ofReplicas(2_147_483_648));
    expect([status, body.details.causes]).to.deep.equal([
      422,
      [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 2147483648: should be less than or equal to 2147483647',
          field: '.spec.replicas',
        },
      ],
    ]);
  });

  it('can be deleted, and the response names its uid', async () => {
    const { body } = await rig.send('POST', TASKS, task('a'));
    const { uid } = body.metadata;
    const deleted = await rig.send('DELETE', `${TASKS}/a`, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
    });
    expect([deleted.status, deleted.body.status, deleted.body.details]).to.deep.equal([
      200,
      'Success',
      { name: 'a', group: 'example.com', kind: 'customtasks', uid },
    ]);
    expect((await rig.send('GET', `${TASKS}/a`)).status).to.equal(404);
    expect((await rig.send('DELETE', `${TASKS}/a`)).status).to.equal(404);
  });

  it('stays until its finalizers are removed', async () => {
    const { body } = await rig.send('POST', TASKS, {
      ...task('a'),
      metadata: { name: 'a', finalizers: ['example.com/wait'] },
    });
    expect(body.metadata.finalizers).to.deep.equal(['example.com/wait']);
    const marked = await rig.send('DELETE', `${TASKS}/a`);
    expect([marked.status, marked.body.metadata.deletionGracePeriodSeconds]).to.deep.equal([200, 0]);
    expect((await rig.send('DELETE', `${TASKS}/a`)).body).to.deep.equal(marked.body);
    const done = await rig.merge(`${TASKS}/a`, { metadata: { finalizers: null } });
    expect(done.status).to.equal(200);
    expect((await rig.send('GET', `${TASKS}/a`)).status).to.equal(404);
  });

  it('can be deleted with others by a selector', async () => {
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
    ] as const) {
      await rig.send('POST', TASKS, { ...task(name), metadata: { name, labels: { app } } });
    }
    const { status, body } = await rig.send('DELETE', `${TASKS}?labelSelector=app%3Dx`);
    expect([
      status,
      body.kind,
      body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ]).to.deep.equal([200, 'CustomTaskList', ['a', 'c']]);
    expect((await rig.send('GET', TASKS)).body.items).to.have.length(1);
  });

  it('is not changed by dry runs', async () => {
    const { status, body } = await rig.send('POST', `${TASKS}?dryRun=All`, task('a'));
    expect([status, body.metadata.resourceVersion]).to.deep.equal([201, undefined]);
    expect((await rig.send('GET', `${TASKS}/a`)).status).to.equal(404);
    await rig.send('POST', TASKS, task('a'));
    expect((await rig.send('POST', `${TASKS}?dryRun=All`, task('a'))).status).to.equal(409);
    expect(
      (
        await rig.send(
          'PATCH',
          `${TASKS}/a?dryRun=All`,
          { spec: { done: true } },
          { 'Content-Type': 'application/merge-patch+json' },
        )
      ).body.spec,
    ).to.deep.equal({ title: 'a', done: true });
    expect((await rig.send('DELETE', `${TASKS}/a?dryRun=All`)).status).to.equal(200);
    expect((await rig.send('GET', `${TASKS}/a`)).body.spec).to.deep.equal({ title: 'a' });
  });

  it('can be watched from the version of a write', async () => {
    const { body } = await rig.send('POST', TASKS, task('a'));
    const watch = rig.server.watch(`${TASKS}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    const next = watch.next();
    const patched = await rig.merge(`${TASKS}/a`, { spec: { done: true } });
    expect((await next).value).to.deep.equal({ type: 'MODIFIED', object: patched.body });
    await rig.send('DELETE', `${TASKS}/a`);
    expect((await watch.next()).value?.type).to.equal('DELETED');
    await watch.return();
  });

  it('accepts YAML', async () => {
    const yaml = 'apiVersion: example.com/v1\nkind: CustomTask\nmetadata:\n  name: a\nspec:\n  title: yes it is\n';
    const { status, body } = await rig.send('POST', TASKS, yaml, { 'Content-Type': 'application/yaml' });
    expect([status, body.spec]).to.deep.equal([201, { title: 'yes it is' }]);
  });

  for (const [what, method, path, body, status, message] of [
    [
      'no name',
      'POST',
      TASKS,
      task(''),
      422,
      'CustomTask.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    ['a body that is none', 'POST', TASKS, '{', 400, ''],
    ['no body', 'POST', TASKS, '', 400, ''],
    ['another kind', 'POST', TASKS, { ...task('a'), kind: 'Other' }, 422, ''],
    [
      'another namespace',
      'POST',
      TASKS,
      { ...task('a'), metadata: { name: 'a', namespace: 'other' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['a version on a create', 'POST', TASKS, { ...task('a'), metadata: { name: 'a', resourceVersion: '5' } }, 400, ''],
    ['an object that is not there', 'PUT', `${TASKS}/a`, task('a'), 404, 'customtasks.example.com "a" not found'],
    ['all namespaces', 'POST', '/apis/example.com/v1/customtasks', task('a'), 405, ''],
    ['a name with POST', 'POST', `${TASKS}/a`, task('a'), 405, ''],
    ['an unknown subresource', 'GET', `${TASKS}/a/log`, undefined, 404, ''],
    ['a bad dryRun', 'POST', `${TASKS}?dryRun=Some`, task('a'), 422, ''],
    [
      'a twice field, strictly',
      'POST',
      `${TASKS}?fieldValidation=Strict`,
      '{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"a"},"spec":{"x":1,"x":2}}',
      400,
      'CustomTask in version "v1" cannot be handled as a CustomTask: strict decoding error: duplicate field "spec.x"',
    ],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      const answer = await rig.send(method, path, body);
      expect([answer.status, answer.body.code, answer.body.kind]).to.deep.equal([status, status, 'Status']);
      if (message !== '') expect(answer.body.message).to.equal(message);
      expect((await rig.send('GET', TASKS)).body.items).to.deep.equal([]);
    });
  }

  it('warns of duplicate fields', async () => {
    const twice = '{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"a"},"spec":{"x":1,"x":2}}';
    const { status, headers } = await rig.send('POST', TASKS, twice);
    expect([status, headers.get('warning')]).to.deep.equal([201, '299 - "duplicate field \\"spec.x\\""']);
  });

  it('appears in discovery with its verbs and subresources', async () => {
    const { body } = await rig.send('GET', '/apis/example.com/v1');
    expect(
      body.resources.map(({ name, verbs }: { name: string; verbs: string[] }) => [name, verbs.length]),
    ).to.deep.equal([
      ['customtasks', 8],
      ['customtasks/status', 3],
      ['customtasks/scale', 3],
    ]);
  });
});

describe('concurrent writers of one custom resource', () => {
  it('lose no patch without a version, and get no conflict', async () => {
    const rig = new CustomRig();
    await rig.send('POST', TASKS, task('a', { by: {} }));
    const writers = Array.from({ length: 5 }, (_, i) => `w${i}`);
    const answers = await Promise.all(
      writers.map((writer) => rig.merge(`${TASKS}/a`, { spec: { by: { [writer]: 1 } } })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(writers.map(() => 200));
    expect(Object.keys((await rig.send('GET', `${TASKS}/a`)).body.spec.by).toSorted()).to.deep.equal(writers);
    await rig.close();
  });
});

describe('a custom resource with unconditionalUpdate', () => {
  it('replaces any state without a version, and refuses a version that is not current', async () => {
    const rig = new CustomRig({ ...TASK, unconditionalUpdate: true });
    const { body } = await rig.send('POST', TASKS, task('a'));
    const blind = await Promise.all(
      ['x', 'y', 'z'].map((title) => rig.send('PUT', `${TASKS}/a`, task('a', { title }))),
    );
    expect(blind.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect((await rig.send('PUT', `${TASKS}/a`, { ...body, spec: {} })).status).to.equal(409);
    expect((await rig.send('PUT', `${TASKS}/b`, task('b'))).status).to.equal(404);
    await rig.close();
  });
});
