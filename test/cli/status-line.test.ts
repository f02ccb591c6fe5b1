import { expect } from 'chai';
import { StatusLine } from '../../src/cli/status-line.ts';
import { RecordedLog } from '../support/test-server.ts';

const CLEAR = '\r\u001B[K';
const HEALTHY = { ready: true, rows: 3, watchers: 1, events: 5, problem: undefined };

describe('StatusLine', () => {
  let text: string;
  let line: StatusLine;

  beforeEach(() => {
    text = '';
    line = new StatusLine({ columns: 80, write: (part: string | Uint8Array) => (text += String(part)).length > 0 });
  });

  it('shows the state and the counts on one line', () => {
    line.draw(HEALTHY);
    expect(text).to.equal(`${CLEAR}ready · 3 objects · 1 watchers · 5 events/s `);
  });

  it('does not say ready while the cluster is gone, although the server stays ready', () => {
    line.draw({ ...HEALTHY, problem: "pods: can't reach it" });
    expect(text).to.equal(`${CLEAR}stale: pods: can't reach it · 3 objects · 1 watchers · 5 events/s `);
  });

  it('escapes control characters of a problem, which may be a text of the cluster', () => {
    line.draw({ ...HEALTHY, problem: 'pods: \u001b[2Jgone\r\nready' });
    expect(text.slice(CLEAR.length)).to.contain('stale: pods: ' + String.raw`\u001b[2Jgone\r\nready`);
    expect(text.slice(CLEAR.length)).to.not.match(/\p{Cc}/u);
  });

  it('shortens a long problem, so that the line does not wrap', () => {
    line.draw({ ...HEALTHY, problem: 'x'.repeat(500) });
    expect(text.length - CLEAR.length).to.be.below(80);
    expect(text).to.contain('x… · 3 objects');
  });

  it('is removed before a message of the log, once', () => {
    const recorded = new RecordedLog();
    const log = line.log({
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => (text += `${message}\n`),
      error: (message, detail) => recorded.error(message, detail),
    });
    log.warn('before the line');
    line.draw(HEALTHY);
    log.warn('after the line');
    log.error('one more', 1);
    const drawn = `${CLEAR}ready · 3 objects · 1 watchers · 5 events/s `;
    expect(text).to.equal(`before the line\n${drawn}${CLEAR}after the line\n`);
    expect(recorded.entries).to.deep.equal([{ level: 'error', message: 'one more', detail: 1 }]);
  });
});
