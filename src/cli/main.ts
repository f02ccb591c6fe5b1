#!/usr/bin/env node
/**
 * The `kubefacet` command.
 * @module
 */
import { withoutControls } from '../control-characters.ts';
import { version } from '../version.ts';
import { CliError, usageError } from './cli-error.ts';
import { HELP, parseDemoOptions } from './demo-options.ts';

const MIN_NODE = [22, 19] as const;

async function main(args: readonly string[]): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    throw new CliError(
      `kubefacet needs Node.js ${MIN_NODE.join('.')} or newer; this is Node.js ${process.versions.node}`,
      1,
    );
  }
  const [command, ...rest] = args;
  if (command === '--help' || command === '-h' || rest.includes('--help') || rest.includes('-h')) {
    console.log(HELP);
  } else if (command === '--version' || rest.includes('--version')) {
    console.log(version);
  } else if (command === 'demo') {
    const options = parseDemoOptions(rest);
    // Loaded late, so that help and usage errors are printed fast.
    const { demo } = await import('./demo.ts');
    await demo(options, { out: process.stdout, signal: shutdownSignal() });
  } else if (command === 'store') {
    const { storeRestore } = await import('./store-restore.ts');
    console.log(storeRestore(rest));
  } else {
    throw usageError(command === undefined ? 'missing command; use kubefacet demo' : `unknown command ${command}`);
  }
}

/** Returns a signal that Ctrl-C or SIGTERM aborts. A second one ends the process immediately. */
function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  // The message may quote an argument, or a text of the cluster.
  console.error(`kubefacet: ${withoutControls(error.message)}`);
  process.exitCode = error.exitCode;
}
