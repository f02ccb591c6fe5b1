/** Times that are not set, in the columns of all built-in kinds: absent, null, empty, or Go's zero time. */
import { expect } from 'chai';
import { coreKinds } from '../../../../src/testing/cluster/kinds/core-kinds.ts';
import { table } from '../../../../src/testing/cluster/http/table.ts';
import type { CompleteObject } from '../../../../src/server/wire/writes/complete-object.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const ZERO = '0001-01-01T00:00:00Z';

/** An object with every time that a column of a built-in kind reads. */
function objectWith(time: unknown): CompleteObject {
  const terminated = { exitCode: 1, startedAt: time, finishedAt: time };
  return {
    apiVersion: 'v1',
    kind: 'Any',
    metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: time },
    spec: { renewTime: time, acquireTime: time, containers: [{ name: 'a' }] },
    status: {
      startTime: time,
      completionTime: time,
      lastScheduleTime: time,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: time }],
      containerStatuses: [
        { name: 'a', restartCount: 2, state: { running: { startedAt: time } }, lastState: { terminated } },
      ],
    },
    series: { lastObservedTime: time },
    firstTimestamp: time,
    lastTimestamp: time,
    eventTime: time,
  } as unknown as CompleteObject;
}

function cellsOf({ columns = [] }: (typeof coreKinds)[number], object: CompleteObject): Record<string, unknown> {
  const own = typeof columns === 'function' ? columns(NOW) : columns;
  const { rows } = table(own, [object], { now: NOW });
  return Object.fromEntries(own.map(({ name }, index) => [name, rows[0]?.cells[index]]));
}

const kindOf = (plural: string): (typeof coreKinds)[number] => {
  const kind = coreKinds.find((one) => one.plural === plural);
  if (kind === undefined) throw new Error(`no kind ${plural}`);
  return kind;
};

describe('the columns of built-in kinds', () => {
  for (const kind of coreKinds) {
    if (kind.columns === undefined) continue;
    it(`show no age of a time that is not set: ${kind.plural}`, () => {
      const zero = cellsOf(kind, objectWith(ZERO));
      for (const [name, cell] of Object.entries(zero)) {
        // Roles print their creation time itself, as in a kube-apiserver.
        if (name !== 'Created At') expect(String(cell), name).to.not.match(/\d{3,}y|\d{4}-\d\d-\d\d|invalid/);
      }
      const absent = cellsOf(kind, objectWith(undefined));
      const { 'Last Schedule': ofZero, 'Created At': created, ...others } = zero;
      const { 'Last Schedule': ofAbsent, 'Created At': _, ...absentOthers } = absent;
      expect(others).to.deep.equal(absentOthers);
      // A kube-apiserver prints the two cases of this pointer to a time like this.
      if (kind.plural === 'cronjobs') expect([ofZero, ofAbsent]).to.deep.equal(['<unknown>', '<none>']);
      expect(cellsOf(kind, objectWith(null))).to.deep.include(created === undefined ? absent : {});
    });
  }

  it('show the parts that are set', () => {
    const pod = objectWith(ZERO);
    expect(cellsOf(kindOf('pods'), pod)['Restarts']).to.equal('2');
    expect(cellsOf(kindOf('jobs'), pod)['Duration']).to.equal('');
    const started = { ...pod, status: { startTime: '2026-01-01T00:00:00Z', completionTime: ZERO } };
    expect(cellsOf(kindOf('jobs'), started)['Duration']).to.equal('60m');
    const event = { ...pod, eventTime: '2026-01-01T00:59:00Z' } as CompleteObject;
    expect(cellsOf(kindOf('events'), event)['Last Seen']).to.equal('60s');
  });
});
