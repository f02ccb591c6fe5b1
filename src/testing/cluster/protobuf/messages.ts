/** What a field holds. `string` is left out when empty; `intOrString` is a message that JSON writes as a scalar. */
export type FieldType =
  | 'string'
  | 'strings'
  | 'number'
  | 'boolean'
  | 'stringMap'
  | 'bytesMap'
  | 'intOrString'
  | { readonly message: string }
  | { readonly messages: string };

/** Fields of a message by their number. */
export type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

const strings = (...names: readonly string[]): Message =>
  Object.fromEntries(names.map((name, index) => [index + 1, [name, 'string'] as const]));

const metadata = ['metadata', { message: 'ObjectMeta' }] as const;
const spec = (message: string): readonly ['spec', FieldType] => ['spec', { message }];

/**
 * Those messages, with those of their fields, that the commands of kubectl write which send protobuf (`create namespace`, `create
 * configmap`, `create deployment`, `auth can-i`, `drain` …). Numbers are those of the `generated.proto` files of k8s.io/api and
 * k8s.io/apimachinery.
 */
export const messages: Readonly<Record<string, Message>> = {
  TypeMeta: strings('apiVersion', 'kind'),
  ObjectMeta: {
    1: ['name', 'string'],
    2: ['generateName', 'string'],
    3: ['namespace', 'string'],
    5: ['uid', 'string'],
    6: ['resourceVersion', 'string'],
    11: ['labels', 'stringMap'],
    12: ['annotations', 'stringMap'],
    14: ['finalizers', 'strings'],
  },
  LabelSelector: { 1: ['matchLabels', 'stringMap'] },

  DeleteOptions: {
    1: ['gracePeriodSeconds', 'number'],
    2: ['preconditions', { message: 'Preconditions' }],
    3: ['orphanDependents', 'boolean'],
    4: ['propagationPolicy', 'string'],
    5: ['dryRun', 'strings'],
  },
  Preconditions: strings('uid', 'resourceVersion'),
  Eviction: { 1: metadata, 2: ['deleteOptions', { message: 'DeleteOptions' }] },

  Namespace: { 1: metadata },
  ConfigMap: { 1: metadata, 2: ['data', 'stringMap'], 3: ['binaryData', 'bytesMap'], 4: ['immutable', 'boolean'] },
  Secret: {
    1: metadata,
    2: ['data', 'bytesMap'],
    3: ['type', 'string'],
    4: ['stringData', 'stringMap'],
    5: ['immutable', 'boolean'],
  },
  ServiceAccount: { 1: metadata },
  Service: { 1: metadata, 2: spec('ServiceSpec') },
  ServiceSpec: {
    1: ['ports', { messages: 'ServicePort' }],
    2: ['selector', 'stringMap'],
    3: ['clusterIP', 'string'],
    4: ['type', 'string'],
    10: ['externalName', 'string'],
  },
  ServicePort: {
    1: ['name', 'string'],
    2: ['protocol', 'string'],
    3: ['port', 'number'],
    4: ['targetPort', 'intOrString'],
    5: ['nodePort', 'number'],
    6: ['appProtocol', 'string'],
  },

  Deployment: { 1: metadata, 2: spec('DeploymentSpec') },
  DeploymentSpec: {
    1: ['replicas', 'number'],
    2: ['selector', { message: 'LabelSelector' }],
    3: ['template', { message: 'PodTemplateSpec' }],
  },
  Job: { 1: metadata, 2: spec('JobSpec') },
  JobSpec: {
    1: ['parallelism', 'number'],
    2: ['completions', 'number'],
    6: ['template', { message: 'PodTemplateSpec' }],
    7: ['backoffLimit', 'number'],
  },
  PodTemplateSpec: { 1: metadata, 2: spec('PodSpec') },
  PodSpec: {
    2: ['containers', { messages: 'Container' }],
    3: ['restartPolicy', 'string'],
    8: ['serviceAccountName', 'string'],
  },
  Container: {
    1: ['name', 'string'],
    2: ['image', 'string'],
    3: ['command', 'strings'],
    4: ['args', 'strings'],
    6: ['ports', { messages: 'ContainerPort' }],
  },
  ContainerPort: { 1: ['name', 'string'], 3: ['containerPort', 'number'], 4: ['protocol', 'string'] },

  Role: { 1: metadata, 2: ['rules', { messages: 'PolicyRule' }] },
  ClusterRole: { 1: metadata, 2: ['rules', { messages: 'PolicyRule' }] },
  RoleBinding: { 1: metadata, 2: ['subjects', { messages: 'Subject' }], 3: ['roleRef', { message: 'RoleRef' }] },
  ClusterRoleBinding: { 1: metadata, 2: ['subjects', { messages: 'Subject' }], 3: ['roleRef', { message: 'RoleRef' }] },
  PolicyRule: {
    1: ['verbs', 'strings'],
    2: ['apiGroups', 'strings'],
    3: ['resources', 'strings'],
    4: ['resourceNames', 'strings'],
    5: ['nonResourceURLs', 'strings'],
  },
  RoleRef: strings('apiGroup', 'kind', 'name'),
  Subject: strings('kind', 'apiGroup', 'name', 'namespace'),

  SelfSubjectReview: { 1: metadata },
  SelfSubjectAccessReview: { 1: metadata, 2: spec('SubjectAccessReviewSpec') },
  SubjectAccessReview: { 1: metadata, 2: spec('SubjectAccessReviewSpec') },
  LocalSubjectAccessReview: { 1: metadata, 2: spec('SubjectAccessReviewSpec') },
  SubjectAccessReviewSpec: {
    1: ['resourceAttributes', { message: 'ResourceAttributes' }],
    2: ['nonResourceAttributes', { message: 'NonResourceAttributes' }],
    3: ['user', 'string'],
    4: ['groups', 'strings'],
    6: ['uid', 'string'],
  },
  ResourceAttributes: strings('namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'),
  NonResourceAttributes: strings('path', 'verb'),
};
