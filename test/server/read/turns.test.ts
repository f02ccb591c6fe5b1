import { expect } from 'chai';
import { rowsOf } from '../../../src/projections/leaf.ts';
import { viewsOf } from '../../../src/server/api-server.ts';
import { bodyOf, pageOf } from '../../../src/server/read/list.ts';
import { Selection } from '../../../src/server/read/selection.ts';
import { ROWS_PER_TURN } from '../../../src/server/read/turns.ts';
import { parseFieldSelector } from '../../../src/server/wire/field-selector.ts';
import { parseLabelSelector } from '../../../src/server/wire/label-selector.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries, TestServer } from '../../support/test-server.ts';

const COUNT = 4 * ROWS_PER_TURN;

describe('a list of many rows', () => {
  let test: TestServer;
  const { signal } = new AbortController();

  before(async () => {
    const pods = Array.from({ length: COUNT }, (_, index) => pod(`shop/p${index}`));
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer(...pods))] });
  });

  after(() => test.close());

  /** Returns the result of some work, and the number of turns that the event loop took meanwhile. */
  async function turnsOf<T>(work: Promise<T>): Promise<{ result: T; turns: number }> {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const result = await work;
    isOver = true;
    return { result, turns };
  }

  function selected(labels: string): Parameters<typeof pageOf> {
    const [served] = viewsOf(test.server);
    if (served === undefined) throw new Error('no resource is served');
    const selection = new Selection(served, {
      namespace: '',
      labelSelector: parseLabelSelector(labels),
      fieldSelector: parseFieldSelector(''),
    });
    return [served.view.snapshot(), selection, { limit: 0, start: undefined, signal }];
  }

  it('examines 500 rows in one turn of the event loop, also if none of them is selected', async () => {
    for (const [labels, rows] of [
      ['!absent', COUNT],
      ['absent', 0],
    ] as const) {
      const { result, turns } = await turnsOf(pageOf(...selected(labels)));
      expect(rowsOf(result.ranges).length).to.equal(rows);
      expect(turns).to.be.at.least(COUNT / ROWS_PER_TURN - 1);
    }
  });

  it('examines no row without a selector', async () => {
    const { result, turns } = await turnsOf(pageOf(...selected('')));
    expect(rowsOf(result.ranges).length).to.equal(COUNT);
    expect(turns).to.equal(0);
  });

  it('encodes at most 500 rows of a Table in one turn of the event loop', async () => {
    const [served] = viewsOf(test.server);
    if (served === undefined) throw new Error('no resource is served');
    const page = await pageOf(...selected(''));
    const form = { as: 'table', version: 'v1', includeObject: 'None' } as const;
    const { result, turns } = await turnsOf(bodyOf(served, page, form, signal));
    expect(JSON.parse(Buffer.concat(result.map(({ bytes }) => bytes)).toString()).rows).to.have.length(COUNT);
    expect(turns).to.be.at.least(COUNT / ROWS_PER_TURN - 1);
  });

  it('stops when the client has disconnected', async () => {
    const controller = new AbortController();
    const [snapshot, selection] = selected('absent');
    const page = pageOf(snapshot, selection, { limit: 0, start: undefined, signal: controller.signal });
    controller.abort();
    const error: unknown = await page.catch((problem: unknown) => problem);
    expect(error).to.include({ code: 504 });
  });
});
