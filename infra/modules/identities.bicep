metadata description = 'The identity that copies, and by choice another one that prunes.'

@description('Required. Prefix of all names.')
param name string

@description('Required. Region.')
param location string

@description('Required. Whether another identity than that of the app deletes snapshots.')
param separatePruning bool

@description('Required. Tags of all resources.')
param tags object

resource copying 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}'
  location: location
  tags: tags
}

// Not attached to the app: what runs in the app could otherwise sign in as either.
resource pruning 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = if (separatePruning) {
  name: 'id-${name}-prune'
  location: location
  tags: tags
}

@description('Resource id of the identity that the app runs as.')
output copyId string = copying.id

@description('Its client id.')
output copyClientId string = copying.properties.clientId

@description('Its object id.')
output copyPrincipalId string = copying.properties.principalId

@description('Object id of the identity that may delete snapshots.')
output prunePrincipalId string = separatePruning ? pruning!.properties.principalId : copying.properties.principalId

@description('Client id of the identity that may delete snapshots.')
output pruneClientId string = separatePruning ? pruning!.properties.clientId : copying.properties.clientId
