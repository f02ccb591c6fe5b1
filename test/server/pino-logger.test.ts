import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinoLogger, type PinoLoggerOptions } from '../../src/server/pino-logger.ts';

describe('pinoLogger()', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pino-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const written = async (
    use: (log: ReturnType<typeof pinoLogger>) => void,
    options: PinoLoggerOptions = {},
  ): Promise<string> => {
    const destination = join(folder, 'log');
    const log = pinoLogger({ ...options, destination });
    use(log);
    await log.flush();
    return readFileSync(destination, 'utf8');
  };
  const linesOf = (text: string): Record<string, any>[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, any>);

  it('writes one JSON object for each line, from its level on', async () => {
    const [info, failure, ...others] = linesOf(
      await written((log) => {
        log.debug('too quiet');
        log.info('ready', { rows: 3 });
        log.error('failed', new Error('outer', { cause: new TypeError('inner') }));
      }),
    );
    expect(info)
      .to.include({ level: 'info', msg: 'ready' })
      .and.deep.include({ detail: { rows: 3 } });
    expect(info?.['time']).to.match(/^\d{4}-.*Z$/);
    expect(failure?.['err']).to.deep.include({ type: 'Error', message: 'outer' });
    expect(failure?.['err'].cause).to.include({ type: 'TypeError', message: 'inner' });
    expect(others).to.deep.equal([]);
    expect(linesOf(await written((log) => log.debug('loud'), { level: 'debug' })).at(-1)).to.include({
      level: 'debug',
    });
  });

  it('escapes control characters, so that no text can look like another line', async () => {
    const text = 'a\n{"level":"info"}\r\u001b[31m\u0085\u2028\u202e';
    const output = await written((log) => log.info(text, { [text]: text }));
    expect(output.match(/[^\n\x20-\x7e]/g)).to.equal(null);
    expect(output.match(/\n/g)).to.have.length(1);
    expect(linesOf(output)[0]).to.deep.include({ msg: text, detail: { [text]: text } });
  });

  it('writes all lines before the process exits', async () => {
    const destination = join(folder, 'log');
    const module = JSON.stringify(join(import.meta.dirname, '../../src/server/pino-logger.ts'));
    const code = `import { pinoLogger } from ${module};
      const log = pinoLogger({ destination: ${JSON.stringify(destination)} });
      for (let line = 0; line < 2000; line += 1) log.info('line ' + line, { text: 'x'.repeat(200) });
      process.exit(0);`;
    const { status } = spawnSync(process.execPath, ['--conditions=source', '--input-type=module', '--eval', code]);
    expect(status).to.equal(0);
    expect(linesOf(readFileSync(destination, 'utf8')).map(({ msg }) => msg)).to.have.length(2000);
  });

  it('removes tokens', async () => {
    const output = await written((log) => {
      log.warn('refused: Authorization: Bearer abc.DEF-1', new Error('bad eyJhbGciOiJSUzI1.eyJzdWIiOiJ4In0.c2ln'));
    });
    expect(output)
      .to.contain('[token]')
      .and.not.match(/abc\.DEF|eyJ/);
  });

  it('cuts long texts, and survives details that JSON cannot represent', async () => {
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;
    const output = await written((log) => {
      log.info('x'.repeat(100_000), { value: 'y'.repeat(100_000) });
      log.info('loop', loop);
    });
    expect(output.length).to.be.below(20_000);
    expect(linesOf(output)[1]).to.include({ detail: 'a detail that JSON cannot represent' });
  });
});
