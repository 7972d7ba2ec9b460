metadata name = 'Farshare with its resource groups'
metadata description = 'Makes one group in the region of the app and one in that of the backups, and deploys main.bicep into them.'

targetScope = 'subscription'

import { apiSignIn, encryptionKey, recoveryPoint, sourceAccount } from 'modules/types.bicep'

@description('Optional. Prefix of all names: lower-case letters, digits and hyphens.')
@minLength(3)
@maxLength(20)
param name string = 'farshare'

@description('Required. Region of the app. Best that of the sources, so that their listings are near.')
param location string

@description('Required. Region of the backups. It must differ from that of the app.')
param destinationLocation string

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

resource appGroup 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${name}'
  location: location
  tags: tags
}

resource backupGroup 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${name}-backups'
  location: destinationLocation
  tags: tags
}

module farshare 'main.bicep' = {
  name: name
  scope: appGroup
  params: {
    name: name
    location: location
    destinationLocation: destinationLocation
    destinationResourceGroup: backupGroup.name
    tags: tags
    sources: sources
    destinationName: destinationName
    jobs: jobs
    configuration: configuration
    additionalSettings: additionalSettings
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    destinationSku: destinationSku
    accessTier: accessTier
    softDeleteDays: softDeleteDays
    deleteLock: deleteLock
    pruning: pruning
    customerManagedKey: customerManagedKey
    privateNetwork: privateNetwork
    addressPrefix: addressPrefix
    destinationPublicNetworkAccess: destinationPublicNetworkAccess
    apiPublicNetworkAccess: apiPublicNetworkAccess
    signIn: signIn
    alertEmails: alertEmails
    alertWebhook: alertWebhook
    recoveryPointHours: recoveryPointHours
    recoveryPoints: recoveryPoints
    retentionDays: retentionDays
    requestLog: requestLog
  }
}

@description('Resource group of the app.')
output AZURE_RESOURCE_GROUP string = appGroup.name

@description('Name of the app, for deploying the package.')
output AZURE_FUNCTION_NAME string = farshare.outputs.appName

@description('Address of the app.')
output APP_URL string = farshare.outputs.appUrl

@description('File endpoint of the backups.')
output DESTINATION_FILE_ENDPOINT string = farshare.outputs.destinationFileEndpoint

@description('Client id of the identity that may delete snapshots.')
output PRUNE_CLIENT_ID string = farshare.outputs.pruneClientId
