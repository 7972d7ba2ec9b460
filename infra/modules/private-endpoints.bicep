metadata description = 'Private endpoints in the network of the app, each with its record in the zone.'

import { privateTarget } from 'types.bicep'

@description('Required. Region of the network; what an endpoint leads to may be in another one.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Subnet of the endpoints.')
param subnetId string

@description('Required. Zones by sub-resource.')
param zoneIds object

@description('Required. What to reach.')
param targets privateTarget[]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for target in targets: {
    name: 'pe-${target.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            privateLinkServiceId: target.resourceId
            groupIds: [target.group]
          }
        }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (target, i) in targets: {
    parent: endpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.group
          properties: { privateDnsZoneId: zoneIds[target.group] }
        }
      ]
    }
  }
]
