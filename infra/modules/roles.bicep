metadata description = 'Every role assignment, from the table in roles.json: on a source, a destination, the host storage or the telemetry component.'

@description('Required. What the resource is to Farshare.')
param place 'source' | 'destination' | 'host' | 'telemetry'

@description('Required. Name of the existing storage account, or of the component when the place is telemetry.')
param resourceName string

@description('Required. Object id of the identity that the app runs as.')
param copyPrincipalId string

@description('Optional. Object id of the identity that deletes snapshots. Default: that of the app.')
param prunePrincipalId string = copyPrincipalId

var table = loadJsonContent('../roles.json')
var holders = { copy: copyPrincipalId, prune: prunePrincipalId }
var files = place == 'source' ? table.assignments.source : table.assignments.destination
var isFiles = place == 'source' || place == 'destination'
var others = place == 'host' ? table.assignments.host : table.assignments.telemetry
var builtInGrants = isFiles ? files.builtIn : map(others, role => { role: role, holder: 'copy' })
var customGrants = isFiles ? files.custom : []

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = if (place != 'telemetry') {
  name: resourceName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = if (place == 'telemetry') {
  name: resourceName
}

// One definition per account, assignable in its group only: nobody needs rights over several subscriptions to deploy it.
resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for grant in customGrants: {
    name: guid(resourceGroup().id, resourceName, grant.role)
    properties: {
      roleName: 'Farshare ${table.custom[grant.role].title} (${resourceName})'
      description: table.custom[grant.role].description
      type: 'CustomRole'
      assignableScopes: [resourceGroup().id]
      permissions: [
        {
          actions: table.custom[grant.role].actions
          dataActions: table.custom[grant.role].dataActions
        }
      ]
    }
  }
]

resource customAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, i) in customGrants: {
    name: guid(account.id, holders[grant.holder], definitions[i].name)
    scope: account
    properties: {
      principalId: holders[grant.holder]
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', definitions[i].name)
      description: 'Farshare: ${table.custom[grant.role].title}'
    }
  }
]

resource accountAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in (place == 'telemetry' ? [] : builtInGrants): {
    name: guid(account.id, holders[grant.holder], table.builtIn[grant.role].id)
    scope: account
    properties: {
      principalId: holders[grant.holder]
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', table.builtIn[grant.role].id)
      description: 'Farshare: ${table.builtIn[grant.role].title}'
    }
  }
]

resource componentAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in (place == 'telemetry' ? builtInGrants : []): {
    name: guid(component.id, holders[grant.holder], table.builtIn[grant.role].id)
    scope: component
    properties: {
      principalId: holders[grant.holder]
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', table.builtIn[grant.role].id)
      description: 'Farshare: ${table.builtIn[grant.role].title}'
    }
  }
]
