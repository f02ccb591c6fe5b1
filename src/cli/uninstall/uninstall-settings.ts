/**
 * The options of `kubefacet uninstall`.
 * @module
 */
import { NAME_OPTIONS } from '../manifests/manifest-options.ts';
import { durationSetting, type SettingValues, switchSetting, textSetting } from '../settings/setting.ts';

/** The options, by the key from which their flags are derived. */
export const UNINSTALL_OPTIONS = {
  ...NAME_OPTIONS,
  kubeconfig: textSetting(
    'PATH',
    'the kubeconfig of an administrator',
    'the files of KUBECONFIG, then ~/.kube/config, then the service account of the pod',
  ),
  context: textSetting('NAME', 'the context of the kubeconfig', 'its current context'),
  deleteData: switchSetting('delete the PersistentVolumeClaim with the objects of sqliteStore, too'),
  dryRun: switchSetting('list what would be deleted, and delete nothing'),
  timeout: durationSetting('the maximum time until everything is gone', 120_000, 1000),
};

/** The values of the options. */
export type UninstallOptions = SettingValues<typeof UNINSTALL_OPTIONS>;
