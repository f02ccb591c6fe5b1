#!/usr/bin/env node
/**
 * The `kubefacet` command.
 * @module
 */
import { withoutControls } from '../control-characters.ts';
import { version } from '../version.ts';
import { CliError, usageError } from './cli-error.ts';
import { parseDemoOptions } from './demo-options.ts';
import { helpOf } from './help.ts';
import { endLater, processTerminal } from './terminal.ts';

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
    console.log(helpOf(command));
  } else if (command === '--version' || rest.includes('--version')) {
    console.log(version);
  } else if (command === 'demo') {
    const options = parseDemoOptions(rest);
    // Commands are loaded late, so that help and usage errors are printed fast.
    const { demo } = await import('./demo.ts');
    await demo(options, processTerminal());
  } else if (command === 'serve') {
    const { serve } = await import('./serve.ts');
    endLater(await serve(rest, process.env, processTerminal()));
  } else if (command === 'manifests') {
    const { manifests } = await import('./manifests.ts');
    const { text, notes } = await manifests(rest);
    for (const note of notes) console.error(`kubefacet: note: ${withoutControls(note)}`);
    await new Promise((resolve) => process.stdout.write(text, resolve));
    // Code of the module, such as a timer, must not keep the command running.
    process.exit();
  } else if (command === 'doctor') {
    const { doctor } = await import('./doctor/doctor.ts');
    const { text, exitCode } = await doctor(rest, process.env, processTerminal().signal);
    await new Promise((resolve) => process.stdout.write(text, resolve));
    process.exit(exitCode);
  } else if (command === 'uninstall') {
    const { uninstall } = await import('./uninstall/uninstall.ts');
    const report = (line: string): void => console.log(withoutControls(line));
    await uninstall(rest, { report, signal: processTerminal().signal });
    process.exit();
  } else if (command === 'store') {
    const { storeRestore } = await import('./store-restore.ts');
    console.log(storeRestore(rest));
  } else {
    throw usageError(
      command === undefined ? 'missing command; use kubefacet demo or kubefacet serve' : `unknown command ${command}`,
    );
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  // The message may quote an argument, or a text of the cluster.
  console.error(`kubefacet: ${withoutControls(error.message)}`);
  process.exitCode = error.exitCode;
}
