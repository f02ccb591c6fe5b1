/**
 * The protobuf messages that kubectl sends: the commands `create namespace`, `create configmap`, `create deployment`, `auth can-i`,
 * `drain` and others write built-in kinds in this form. Each message has only the fields that these commands set. The numbers are
 * those of the `generated.proto` files of k8s.io/api and k8s.io/apimachinery.
 * @module
 */
import protobuf from 'protobufjs';

const SOURCE = `
syntax = "proto2";

message Unknown {
  optional TypeMeta typeMeta = 1;
  optional bytes raw = 2;
}
message TypeMeta {
  optional string apiVersion = 1;
  optional string kind = 2;
}
message ObjectMeta {
  optional string name = 1;
  optional string generateName = 2;
  optional string namespace = 3;
  optional string uid = 5;
  optional string resourceVersion = 6;
  map<string, string> labels = 11;
  map<string, string> annotations = 12;
  repeated string finalizers = 14;
}
message LabelSelector { map<string, string> matchLabels = 1; }
message IntOrString {
  optional int64 type = 1;
  optional int32 intVal = 2;
  optional string strVal = 3;
}

message DeleteOptions {
  optional int64 gracePeriodSeconds = 1;
  optional Preconditions preconditions = 2;
  optional bool orphanDependents = 3;
  optional string propagationPolicy = 4;
  repeated string dryRun = 5;
}
message Preconditions {
  optional string uid = 1;
  optional string resourceVersion = 2;
}
message Eviction {
  optional ObjectMeta metadata = 1;
  optional DeleteOptions deleteOptions = 2;
}

message Namespace { optional ObjectMeta metadata = 1; }
message ConfigMap {
  optional ObjectMeta metadata = 1;
  map<string, string> data = 2;
  map<string, bytes> binaryData = 3;
  optional bool immutable = 4;
}
message Secret {
  optional ObjectMeta metadata = 1;
  map<string, bytes> data = 2;
  optional string type = 3;
  map<string, string> stringData = 4;
  optional bool immutable = 5;
}
message ServiceAccount { optional ObjectMeta metadata = 1; }
message Service {
  optional ObjectMeta metadata = 1;
  optional ServiceSpec spec = 2;
}
message ServiceSpec {
  repeated ServicePort ports = 1;
  map<string, string> selector = 2;
  optional string clusterIP = 3;
  optional string type = 4;
  optional string externalName = 10;
}
message ServicePort {
  optional string name = 1;
  optional string protocol = 2;
  optional int32 port = 3;
  optional IntOrString targetPort = 4;
  optional int32 nodePort = 5;
  optional string appProtocol = 6;
}

message Deployment {
  optional ObjectMeta metadata = 1;
  optional DeploymentSpec spec = 2;
}
message DeploymentSpec {
  optional int32 replicas = 1;
  optional LabelSelector selector = 2;
  optional PodTemplateSpec template = 3;
}
message Job {
  optional ObjectMeta metadata = 1;
  optional JobSpec spec = 2;
}
message JobSpec {
  optional int32 parallelism = 1;
  optional int32 completions = 2;
  optional PodTemplateSpec template = 6;
  optional int32 backoffLimit = 7;
}
message PodTemplateSpec {
  optional ObjectMeta metadata = 1;
  optional PodSpec spec = 2;
}
message PodSpec {
  repeated Container containers = 2;
  optional string restartPolicy = 3;
  optional string serviceAccountName = 8;
}
message Container {
  optional string name = 1;
  optional string image = 2;
  repeated string command = 3;
  repeated string args = 4;
  repeated ContainerPort ports = 6;
}
message ContainerPort {
  optional string name = 1;
  optional int32 containerPort = 3;
  optional string protocol = 4;
}

message Role {
  optional ObjectMeta metadata = 1;
  repeated PolicyRule rules = 2;
}
message ClusterRole {
  optional ObjectMeta metadata = 1;
  repeated PolicyRule rules = 2;
}
message RoleBinding {
  optional ObjectMeta metadata = 1;
  repeated Subject subjects = 2;
  optional RoleRef roleRef = 3;
}
message ClusterRoleBinding {
  optional ObjectMeta metadata = 1;
  repeated Subject subjects = 2;
  optional RoleRef roleRef = 3;
}
message PolicyRule {
  repeated string verbs = 1;
  repeated string apiGroups = 2;
  repeated string resources = 3;
  repeated string resourceNames = 4;
  repeated string nonResourceURLs = 5;
}
message RoleRef {
  optional string apiGroup = 1;
  optional string kind = 2;
  optional string name = 3;
}
message Subject {
  optional string kind = 1;
  optional string apiGroup = 2;
  optional string name = 3;
  optional string namespace = 4;
}

message SelfSubjectReview { optional ObjectMeta metadata = 1; }
message SelfSubjectAccessReview {
  optional ObjectMeta metadata = 1;
  optional SubjectAccessReviewSpec spec = 2;
}
message SubjectAccessReview {
  optional ObjectMeta metadata = 1;
  optional SubjectAccessReviewSpec spec = 2;
}
message LocalSubjectAccessReview {
  optional ObjectMeta metadata = 1;
  optional SubjectAccessReviewSpec spec = 2;
}
message SubjectAccessReviewSpec {
  optional ResourceAttributes resourceAttributes = 1;
  optional NonResourceAttributes nonResourceAttributes = 2;
  optional string user = 3;
  repeated string groups = 4;
  optional string uid = 6;
}
message ResourceAttributes {
  optional string namespace = 1;
  optional string verb = 2;
  optional string group = 3;
  optional string version = 4;
  optional string resource = 5;
  optional string subresource = 6;
  optional string name = 7;
}
message NonResourceAttributes {
  optional string path = 1;
  optional string verb = 2;
}
`;

const { root } = protobuf.parse(SOURCE, { keepCase: true });

/** Returns the message of a kind, or undefined if kubectl does not send the kind as protobuf. */
export function messageOf(kind: string): protobuf.Type | undefined {
  const found = root.get(kind);
  return found instanceof protobuf.Type ? (found.resolveAll() as protobuf.Type) : undefined;
}
