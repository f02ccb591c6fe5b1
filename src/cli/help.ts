/**
 * The help texts of the commands.
 * @module
 */
import { DEMO_HELP } from './demo-options.ts';
import { DOCTOR_SECTIONS } from './doctor/doctor-settings.ts';
import { MANIFEST_OPTIONS } from './manifests/manifest-options.ts';
import { CONFIG } from './settings/read-settings.ts';
import { SERVE_SECTIONS } from './settings/serve-settings.ts';
import { settingsHelp } from './settings/settings-help.ts';
import { UNINSTALL_OPTIONS } from './uninstall/uninstall-settings.ts';

const HELP = `usage: kubefacet demo [options]            serve the example projections, from a cluster inside this process or a real one
       kubefacet serve MODULE [options]    serve the APIs that a module defines
       kubefacet manifests MODULE --image IMAGE [options]    write the manifests that run such a server in a cluster
       kubefacet doctor [MODULE] [options]    check the installation of a server, and say what to do
       kubefacet uninstall MODULE [options]    delete the server of a module from a cluster
       kubefacet store restore FILE [--from BACKUP]    accept an SQLite store that was restored from a backup
       kubefacet demo --help | serve --help | manifests --help | doctor --help |
                 uninstall --help    list the options of a command
       kubefacet --help | --version

store restore starts a new history in FILE: clients with positions of the lost history list again. With --from, it first replaces FILE
by BACKUP. Stop the server before.

Exit codes: 0 stopped on request, 1 failed, 2 wrong arguments.
`;

const SERVE_HELP = `usage: kubefacet serve MODULE [options]

Serves the APIs of MODULE, a TypeScript or JavaScript file. No build step is needed. The module contains:

  export default kubefacet(({ informers }) => ({ apis: [{ group, version, resources }] }));

Each option is also an environment variable and a key of the configuration file: --serve-port is KUBEFACET_SERVE_PORT and serve.port. An
option wins over a variable, a variable over the file, and the file over the default, which is in parentheses. An empty variable counts
as missing. Times are like 500ms, 30s, 3m and 1h. Sizes are in bytes, or like 64Ki, 3Mi and 1Gi.

${settingsHelp([['Configuration file', { config: CONFIG }], ...SERVE_SECTIONS])}

SIGTERM or Ctrl-C shuts the server down: /readyz fails, then new requests are refused, watches end one after the other, and pending
requests are completed. A second signal ends the process immediately.

Exit codes: 0 stopped on request, 1 failed or ended by a second signal, 2 wrong arguments or a wrong setting.
`;

const MANIFESTS_HELP = `usage: kubefacet manifests MODULE --image IMAGE [options]

Writes the objects that a cluster needs to run the server of MODULE: namespace, ServiceAccount, permissions, Service, Deployment,
PodDisruptionBudget and APIServices. If they are needed, it adds a volume for sqliteStore and a ServiceMonitor. The permissions are exactly
those that the definition needs. The command needs no cluster.

${settingsHelp([['Options', MANIFEST_OPTIONS]])}

Exit codes: 0 written, 1 failed, 2 wrong arguments.
`;

const DOCTOR_HELP = `usage: kubefacet doctor [MODULE] [options]

Checks the installation of the server of MODULE in order, and says for each problem what to do: kubeconfig, rights, the configuration and
the CA of the front proxy, APIService, serving certificate, Service and endpoints, availability, discovery, OpenAPI, sources, and the path
from the API server to the server. Without MODULE, it checks the cluster only. It changes nothing in the cluster.

Run it with the kubeconfig of an administrator, and name the account of the server with --service-account. Settings of kubefacet serve are
accepted too, so that both commands can use one configuration file.

${settingsHelp([['Configuration file', { config: CONFIG }], ...DOCTOR_SECTIONS])}

Exit codes: 0 no check failed, 1 a check failed, 2 wrong arguments or a wrong setting.
`;

const UNINSTALL_HELP = `usage: kubefacet uninstall MODULE [options]

Deletes the objects of kubefacet manifests from a cluster. It deletes the APIServices first and waits until the cluster does not serve them,
because an APIService without its server blocks the deletion of namespaces. Then it deletes the rest, and waits until everything is gone. It
recognizes its objects by their labels, and keeps all others. It keeps the namespace if other objects are in it.

${settingsHelp([['Options', UNINSTALL_OPTIONS]])}

Exit codes: 0 deleted, 1 failed, 2 wrong arguments.
`;

/** Returns the help of a command, or the overview if the command has no help. */
export function helpOf(command: string | undefined): string {
  if (command === 'demo') return DEMO_HELP;
  if (command === 'manifests') return MANIFESTS_HELP;
  if (command === 'doctor') return DOCTOR_HELP;
  if (command === 'uninstall') return UNINSTALL_HELP;
  return command === 'serve' ? SERVE_HELP : HELP;
}
