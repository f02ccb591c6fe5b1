#!/usr/bin/env node
/**
 * The `kubefacet` command.
 * @module
 */
import { version } from '../version.ts';
import { CliError, usageError } from './cli-error.ts';
import { HELP } from './help.ts';

const OLDEST_NODE = [22, 19] as const;

async function main(args: readonly string[]): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new CliError(
      `kubefacet needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}`,
      1,
    );
  }
  const [command, ...rest] = args;
  if (command === '--help' || command === '-h' || rest.includes('--help') || rest.includes('-h')) {
    console.log(HELP);
  } else if (command === '--version' || rest.includes('--version')) {
    console.log(version);
  } else if (command === 'demo') {
    // Loaded late, so that help and mistakes cost nothing.
    const { demo } = await import('./demo.ts');
    const { parseDemoOptions } = await import('./demo-options.ts');
    await demo(parseDemoOptions(rest), { out: process.stdout, signal: endSignal() });
  } else {
    throw usageError(command === undefined ? 'what shall be done? kubefacet demo' : `unknown command ${command}`);
  }
}

/** Aborted by Ctrl-C or SIGTERM; a second one ends the process at once. */
function endSignal(): AbortSignal {
  const end = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (end.signal.aborted) process.exit(1);
      end.abort();
    });
  }
  return end.signal;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  console.error(`kubefacet: ${error.message}`);
  process.exitCode = error.exitCode;
}
