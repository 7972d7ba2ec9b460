metadata description = 'The storage account that holds the backups: another region, no shared key, soft delete of shares, a lock.'

import { encryptionKey } from 'types.bicep'

@description('Required. Name of the account.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Required. Region; another one than that of the sources.')
param location string

@description('Required. Tags of all resources.')
param tags object

@description('Required. Redundancy. LRS and ZRS keep the backup in its region, which is a second one already.')
param skuName 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS'

@description('Required. Tier of the shares made here.')
param accessTier 'Cool' | 'Hot' | 'TransactionOptimized'

@description('Required. Shares to make with that tier. Existing ones are left as they are.')
param shareNames string[]

@description('Required. Whether the account answers outside of private endpoints.')
param publicNetworkAccess 'Enabled' | 'Disabled'

@description('Required. Days for which a deleted share can be restored.')
@minValue(1)
@maxValue(365)
param softDeleteDays int

@description('Required. Whether a lock keeps the account from being deleted. It does not stop deletions inside.')
param deleteLock bool

@description('Optional. A key of yours that encrypts the account. Default: a key of the service.')
param customerManagedKey encryptionKey?

@description('Required. Workspace that receives metrics and logs.')
param workspaceId string

@description('Required. Which requests to log besides deletions, at a price for each.')
param requestLog 'deletions' | 'writes' | 'all'

var categories = requestLog == 'all'
  ? ['StorageDelete', 'StorageWrite', 'StorageRead']
  : requestLog == 'writes' ? ['StorageDelete', 'StorageWrite'] : ['StorageDelete']
var encryption = customerManagedKey == null
  ? { keySource: 'Microsoft.Storage' }
  : {
      keySource: 'Microsoft.Keyvault'
      identity: { userAssignedIdentity: customerManagedKey!.identityId }
      keyvaultproperties: {
        keyvaulturi: customerManagedKey!.vaultUri
        keyname: customerManagedKey!.keyName
        keyversion: customerManagedKey.?keyVersion
      }
    }

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  identity: customerManagedKey == null
    ? { type: 'None' }
    : { type: 'UserAssigned', userAssignedIdentities: { '${customerManagedKey!.identityId}': {} } }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    encryption: encryption
    largeFileSharesState: 'Enabled'
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: publicNetworkAccess
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource fileService 'Microsoft.Storage/storageAccounts/fileServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    shareDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    protocolSettings: {
      smb: {
        versions: 'SMB3.1.1'
        channelEncryption: 'AES-256-GCM;AES-128-GCM'
      }
    }
  }
}

// Only once: the engine keeps its marks in the metadata of a share, which a second deployment must not write over.
@onlyIfNotExists()
resource shares 'Microsoft.Storage/storageAccounts/fileServices/shares@2025-01-01' = [
  for shareName in shareNames: {
    parent: fileService
    name: shareName
    properties: {
      accessTier: accessTier
      enabledProtocols: 'SMB'
      // The most; a quota costs nothing in these tiers, and a backup must not fail for want of one.
      shareQuota: 102400
    }
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  scope: account
  name: 'farshare-backups'
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds backups. Stops the deletion of the account, not of shares, snapshots or files by their data plane.'
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: fileService
  name: 'farshare'
  properties: {
    workspaceId: workspaceId
    logs: [for category in categories: { category: category, enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

@description('Resource id of the account.')
output accountId string = account.id

@description('Name of the account.')
output accountName string = account.name

@description('Address of its file service.')
output fileEndpoint string = account.properties.primaryEndpoints.file
