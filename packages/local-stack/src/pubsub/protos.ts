import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/** The gRPC services of google.pubsub.v1, and google.iam.v1.IAMPolicy. */
export interface PubSubServices {
  readonly publisher: ServiceDefinition;
  readonly subscriber: ServiceDefinition;
  readonly schemaService: ServiceDefinition;
  readonly iamPolicy: ServiceDefinition;
}

const OPTIONS = { longs: Number, enums: String, defaults: true };

// google/iam/v1/iam_policy.proto and policy.proto, as far as policies go: the client's protos do not have them.
const IAM = {
  IAMPolicy: {
    methods: {
      SetIamPolicy: method('SetIamPolicyRequest', 'Policy'),
      GetIamPolicy: method('GetIamPolicyRequest', 'Policy'),
    },
  },
  SetIamPolicyRequest: {
    fields: { resource: { type: 'string', id: 1 }, policy: { type: 'Policy', id: 2 } },
  },
  GetIamPolicyRequest: {
    fields: { resource: { type: 'string', id: 1 }, options: { type: 'GetPolicyOptions', id: 2 } },
  },
  GetPolicyOptions: { fields: { requestedPolicyVersion: { type: 'int32', id: 1 } } },
  Policy: {
    fields: {
      version: { type: 'int32', id: 1 },
      bindings: { rule: 'repeated', type: 'Binding', id: 4 },
      etag: { type: 'bytes', id: 3 },
    },
  },
  Binding: {
    fields: {
      role: { type: 'string', id: 1 },
      members: { rule: 'repeated', type: 'string', id: 2 },
      condition: { type: 'Expr', id: 3 },
    },
  },
  Expr: {
    fields: {
      expression: { type: 'string', id: 1 },
      title: { type: 'string', id: 2 },
      description: { type: 'string', id: 3 },
    },
  },
};

/**
 * Reads the services from the official client's own protos (with all their imports), so that every field
 * a client can send is understood and echoed. Decoded as `messages.ts` says: camelCase, defaults filled in.
 */
export function loadServices(): PubSubServices {
  const require = createRequire(import.meta.url);
  // All .proto files of the client in one, as protobufjs JSON.
  const protos = require('@google-cloud/pubsub/build/protos/protos.json');
  const types = fromJSON(protos, OPTIONS);
  const iam = fromJSON({ nested: { 'google.iam.v1': { nested: IAM } } }, OPTIONS);
  const service = (name: string) => types[`google.pubsub.v1.${name}`] as ServiceDefinition;
  return {
    publisher: service('Publisher'),
    subscriber: service('Subscriber'),
    schemaService: service('SchemaService'),
    iamPolicy: iam['google.iam.v1.IAMPolicy'] as ServiceDefinition,
  };
}

function method(requestType: string, responseType: string) {
  return { requestType, responseType, comment: '' };
}
