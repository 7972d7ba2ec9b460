metadata name = 'Farshare'
metadata description = 'The app, its storage and telemetry in this resource group; the account of the backups in another region. No key anywhere.'

import { apiSignIn, encryptionKey, recoveryPoint, sourceAccount } from 'modules/types.bicep'

@description('Optional. Prefix of all names: lower-case letters, digits and hyphens.')
@minLength(3)
@maxLength(20)
param name string = 'farshare'

@description('Optional. Region of the app. Best that of the sources, so that their listings are near.')
param location string = resourceGroup().location

@description('Required. Region of the backups. It must differ from that of the app.')
param destinationLocation string

@description('Optional. Existing resource group of the backups. Default: this one. One of its own can be locked and guarded apart.')
param destinationResourceGroup string = resourceGroup().name

@description('Optional. Subscription of that group. Default: this one.')
param destinationSubscriptionId string = subscription().subscriptionId

@description('Optional. Tags of all resources.')
param tags object = {}

@description('Optional. Accounts that jobs read from. Nothing of them is changed but role assignments.')
param sources sourceAccount[] = []

@description('Optional. Name of the account of the backups in farshare.json.')
param destinationName string = 'vault'

@description('Optional. Jobs as in farshare.json. Their accounts are made from sources and destinationName.')
param jobs array = []

@description('Optional. farshare.json as a whole: its path in the package, or the JSON. Default: made from the jobs.')
param configuration string = ''

@description('Optional. Further settings, for secrets by Key Vault reference that the configuration names with env.')
@secure()
param additionalSettings object = {}

@description('Optional. Version of Node.js. Not every region of Flex Consumption has 24.')
param nodeVersion '22' | '24' = '22'

@description('Optional. Memory of an instance.')
param instanceMemoryMB 512 | 2048 | 4096 = 2048

@description('Optional. Most instances at a time.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Optional. Redundancy of the backups within their region, or beyond.')
param destinationSku 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS' = 'Standard_ZRS'

@description('Optional. Tier of the shares of the backups. Cool is cheap to keep and dear to read.')
param accessTier 'Cool' | 'Hot' | 'TransactionOptimized' = 'Cool'

@description('Optional. Days for which a deleted share of backups can be restored.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 30

@description('Optional. Whether a lock keeps the account of the backups from being deleted.')
param deleteLock bool = true

@description('Optional. Who deletes snapshots: the app, or only an identity that the app does not have.')
param pruning 'app' | 'separate' = 'app'

@description('Optional. A key of yours that encrypts the backups. Default: a key of the service.')
param customerManagedKey encryptionKey?

@description('Optional. Whether the app reaches storage by private endpoints, in a network made for it.')
param privateNetwork bool = false

@description('Conditional. Address range of that network. Used because privateNetwork is true; /24 or larger.')
param addressPrefix string = '10.90.0.0/24'

@description('Optional. Whether the account of the backups answers outside of private endpoints. Default: without a private network.')
param destinationPublicNetworkAccess 'Enabled' | 'Disabled' = privateNetwork ? 'Disabled' : 'Enabled'

@description('Optional. Whether the HTTP API answers outside of private endpoints.')
param apiPublicNetworkAccess 'Enabled' | 'Disabled' = 'Enabled'

@description('Optional. Entra ID application that callers of the HTTP API sign in to. Default: function keys.')
param signIn apiSignIn?

@description('Optional. E-mail addresses that alerts are sent to.')
param alertEmails string[] = []

@description('Optional. Webhook that alerts are sent to; its URL may hold a secret.')
@secure()
param alertWebhook string = ''

@description('Optional. Hours after which a destination without a new complete restore point raises an alert, 48 at most.')
@minValue(1)
@maxValue(48)
param recoveryPointHours int = 26

@description('Optional. The same for each destination. Default: every destination of the enabled jobs with a schedule.')
param recoveryPoints recoveryPoint[] = flatten(map(
  filter(jobs, job => contains(job, 'schedule') && (job.?enabled ?? true)),
  job => map(job.destinations, to => { job: job.name, destination: to.name, hours: recoveryPointHours })
))

@description('Optional. Days for which telemetry and logs are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int = 90

@description('Optional. Which requests to the backups are logged besides deletions.')
param requestLog 'deletions' | 'writes' | 'all' = 'deletions'

var suffix = uniqueString(subscription().subscriptionId, resourceGroup().id, name)
var letters = take(replace(name, '-', ''), 10)
var isApart = toLower(replace(destinationLocation, ' ', '')) != toLower(replace(location, ' ', ''))
var backupLocation = isApart ? destinationLocation : fail('destinationLocation must differ from location: a backup in the same region is lost with it.')
var allTags = union({ application: 'farshare' }, tags)
var destinationAccountName = '${letters}b${suffix}'
var fileEndpointOf = {
  sources: toObject(sources, source => source.name, source => {
    fileEndpoint: 'https://${source.accountName}.file.${environment().suffixes.storage}'
    resourceId: resourceId(
      source.?subscriptionId ?? subscription().subscriptionId,
      source.resourceGroup,
      'Microsoft.Storage/storageAccounts',
      source.accountName
    )
  })
  destination: {
    '${destinationName}': {
      fileEndpoint: 'https://${destinationAccountName}.file.${environment().suffixes.storage}'
      resourceId: resourceId(
        destinationSubscriptionId,
        destinationResourceGroup,
        'Microsoft.Storage/storageAccounts',
        destinationAccountName
      )
    }
  }
}
var madeConfiguration = string({
  accounts: union(fileEndpointOf.sources, fileEndpointOf.destination)
  jobs: jobs
})
var backupShares = union(
  map(filter(flatten(map(jobs, job => job.destinations)), to => to.account == destinationName), to => to.share),
  []
)
var hostTargets = [
  { name: '${name}-blob', resourceId: hostStorage.outputs.accountId, group: 'blob' }
  { name: '${name}-queue', resourceId: hostStorage.outputs.accountId, group: 'queue' }
  { name: '${name}-table', resourceId: hostStorage.outputs.accountId, group: 'table' }
]
var fileTargets = concat(
  [{ name: '${name}-backups', resourceId: destination.outputs.accountId, group: 'file' }],
  map(sources, source => {
    name: '${name}-${source.name}'
    resourceId: resourceId(
      source.?subscriptionId ?? subscription().subscriptionId,
      source.resourceGroup,
      'Microsoft.Storage/storageAccounts',
      source.accountName
    )
    group: 'file'
  })
)

module identities 'modules/identities.bicep' = {
  name: '${name}-identities'
  params: {
    name: name
    location: location
    separatePruning: pruning == 'separate'
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: '${name}-monitoring'
  params: {
    name: name
    location: location
    tags: allTags
    retentionDays: retentionDays
    alertEmails: alertEmails
    alertWebhook: alertWebhook
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: '${name}-host-storage'
  params: {
    accountName: '${letters}h${suffix}'
    location: location
    tags: allTags
    publicNetworkAccess: privateNetwork ? 'Disabled' : 'Enabled'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module destination 'modules/destination.bicep' = {
  name: '${name}-destination'
  scope: resourceGroup(destinationSubscriptionId, destinationResourceGroup)
  params: {
    accountName: destinationAccountName
    location: backupLocation
    tags: allTags
    skuName: destinationSku
    accessTier: accessTier
    shareNames: backupShares
    publicNetworkAccess: destinationPublicNetworkAccess
    softDeleteDays: softDeleteDays
    deleteLock: deleteLock
    customerManagedKey: customerManagedKey
    workspaceId: monitoring.outputs.workspaceId
    requestLog: requestLog
  }
}

module hostRoles 'modules/roles.bicep' = {
  name: '${name}-roles-host'
  params: {
    place: 'host'
    resourceName: hostStorage.outputs.accountName
    copyPrincipalId: identities.outputs.copyPrincipalId
  }
}

module telemetryRoles 'modules/roles.bicep' = {
  name: '${name}-roles-telemetry'
  params: {
    place: 'telemetry'
    resourceName: monitoring.outputs.componentName
    copyPrincipalId: identities.outputs.copyPrincipalId
  }
}

module destinationRoles 'modules/roles.bicep' = {
  name: '${name}-roles-destination'
  scope: resourceGroup(destinationSubscriptionId, destinationResourceGroup)
  params: {
    place: 'destination'
    resourceName: destination.outputs.accountName
    copyPrincipalId: identities.outputs.copyPrincipalId
    prunePrincipalId: identities.outputs.prunePrincipalId
  }
}

module sourceRoles 'modules/roles.bicep' = [
  for source in sources: {
    name: '${name}-roles-${source.name}'
    scope: resourceGroup(source.?subscriptionId ?? subscription().subscriptionId, source.resourceGroup)
    params: {
      place: 'source'
      resourceName: source.accountName
      copyPrincipalId: identities.outputs.copyPrincipalId
      prunePrincipalId: identities.outputs.prunePrincipalId
    }
  }
]

module network 'modules/network.bicep' = if (privateNetwork) {
  name: '${name}-network'
  params: {
    name: name
    location: location
    tags: allTags
    addressPrefix: addressPrefix
  }
}

module storageEndpoints 'modules/private-endpoints.bicep' = if (privateNetwork) {
  name: '${name}-storage-endpoints'
  params: {
    location: location
    tags: allTags
    subnetId: network!.outputs.endpointSubnetId
    zoneIds: network!.outputs.zoneIds
    targets: concat(hostTargets, fileTargets)
  }
}

module apiEndpoint 'modules/private-endpoints.bicep' = if (privateNetwork) {
  name: '${name}-api-endpoint'
  params: {
    location: location
    tags: allTags
    subnetId: network!.outputs.endpointSubnetId
    zoneIds: network!.outputs.zoneIds
    targets: [{ name: '${name}-api', resourceId: functionApp.outputs.appId, group: 'sites' }]
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: '${name}-function-app'
  // The app starts at once, and must find its rights and its storage.
  dependsOn: [hostRoles, telemetryRoles, storageEndpoints]
  params: {
    name: name
    appName: 'func-${name}-${suffix}'
    location: location
    tags: allTags
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    identityId: identities.outputs.copyId
    identityClientId: identities.outputs.copyClientId
    deploymentUrl: hostStorage.outputs.deploymentUrl
    storageEndpoints: hostStorage.outputs.endpoints
    telemetryConnectionString: monitoring.outputs.connectionString
    pruning: pruning
    configuration: empty(configuration) ? madeConfiguration : configuration
    additionalSettings: additionalSettings
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    publicNetworkAccess: apiPublicNetworkAccess
    apiAuth: signIn == null ? 'keys' : 'entra'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module signingIn 'modules/api-sign-in.bicep' = if (signIn != null) {
  name: '${name}-api-sign-in'
  params: {
    appName: functionApp.outputs.appName
    signIn: signIn!
  }
}

module alerts 'modules/alerts.bicep' = {
  name: '${name}-alerts'
  params: {
    name: name
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: monitoring.outputs.actionGroupId
    recoveryPoints: recoveryPoints
    // The app then asks and is refused after each run, as it should be.
    silenced: pruning == 'separate' ? ['prune-refused'] : []
  }
}

module destinationAlerts 'modules/transaction-alerts.bicep' = {
  name: '${name}-alerts-destination'
  scope: resourceGroup(destinationSubscriptionId, destinationResourceGroup)
  params: {
    name: name
    accountName: destination.outputs.accountName
    tags: allTags
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module workbook 'modules/workbook.bicep' = {
  name: '${name}-workbook'
  params: {
    name: name
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('Name of the app, for deploying the package.')
output appName string = functionApp.outputs.appName

@description('Address of the app.')
output appUrl string = functionApp.outputs.url

@description('File endpoint of the backups.')
output destinationFileEndpoint string = destination.outputs.fileEndpoint

@description('Client id of the identity that copies.')
output copyClientId string = identities.outputs.copyClientId

@description('Client id of the identity that may delete snapshots.')
output pruneClientId string = identities.outputs.pruneClientId
