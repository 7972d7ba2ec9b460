// az deployment group create --resource-group rg-farshare --parameters infra/main.bicepparam
using 'main.bicep'

param destinationLocation = 'northeurope'

param alertEmails = []

// Accounts that jobs read from. Nothing of them is changed but role assignments.
param sources = [
  // {
  //   name: 'production'
  //   accountName: 'prodfiles'
  //   resourceGroup: 'rg-files'
  //   subscriptionId: '00000000-0000-0000-0000-000000000000' // default: this one
  // }
]

// As in farshare.json (docs/configuration.md); the account of the backups is named vault.
param jobs = [
  // {
  //   name: 'finance'
  //   schedule: '0 0 */6 * * *'
  //   timeZone: 'Europe/Berlin'
  //   source: { account: 'production', share: 'finance' }
  //   destinations: [
  //     {
  //       name: 'north'
  //       account: 'vault'
  //       share: 'finance'
  //       keep: { last: 7, daily: 30, monthly: 12 }
  //     }
  //   ]
  // }
]

// param recoveryPointHours = 8
// param pruning = 'separate'
// param privateNetwork = true
// param destinationSku = 'Standard_LRS'
// param customerManagedKey = {
//   vaultUri: 'https://kv-backups.vault.azure.net/'
//   keyName: 'farshare'
//   identityId: '/subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-backup-key'
// }
