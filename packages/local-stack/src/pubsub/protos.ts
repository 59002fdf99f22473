import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/** The gRPC services of google.pubsub.v1. */
export interface PubSubServices {
  readonly publisher: ServiceDefinition;
  readonly subscriber: ServiceDefinition;
  readonly schemaService: ServiceDefinition;
}

/**
 * Reads the services from the official client's own protos (with all their imports), so that every field
 * a client can send is understood and echoed. Decoded as `messages.ts` says: camelCase, defaults filled in.
 */
export function loadServices(): PubSubServices {
  const require = createRequire(import.meta.url);
  // All .proto files of the client in one, as protobufjs JSON.
  const protos = require('@google-cloud/pubsub/build/protos/protos.json');
  const types = fromJSON(protos, { longs: Number, enums: String, defaults: true });
  const service = (name: string) => types[`google.pubsub.v1.${name}`] as ServiceDefinition;
  return {
    publisher: service('Publisher'),
    subscriber: service('Subscriber'),
    schemaService: service('SchemaService'),
  };
}
