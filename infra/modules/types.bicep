@export()
@description('An existing storage account that jobs read from.')
type sourceAccount = {
  @description('Required. Name of the account in farshare.json.')
  name: string

  @description('Required. Name of the storage account.')
  accountName: string

  @description('Required. Resource group of the storage account.')
  resourceGroup: string

  @description('Optional. Subscription of the storage account. Default: the one deployed to.')
  subscriptionId: string?
}

@export()
@description('A key in a vault of yours. Its identity must hold Key Vault Crypto Service Encryption User on the vault beforehand.')
type encryptionKey = {
  @description('Required. URI of the vault, which must have purge protection.')
  vaultUri: string

  @description('Required. Name of the key.')
  keyName: string

  @description('Optional. Version of the key. Default: always the newest, so that rotation is followed.')
  keyVersion: string?

  @description('Required. Resource id of the user-assigned identity that reads the key.')
  identityId: string
}

@export()
@description('How old the newest complete restore point of a destination may become.')
type recoveryPoint = {
  @description('Required. Name of the job.')
  job: string

  @description('Required. Name of the destination.')
  destination: string

  @description('Required. Hours after which the alert fires, 48 at most.')
  @minValue(1)
  @maxValue(48)
  hours: int
}

@export()
@description('An application of Entra ID that callers of the HTTP API sign in to. Its app roles say who may look and who may act.')
type apiSignIn = {
  @description('Required. Client id of the application.')
  clientId: string

  @description('Optional. Tenant of the application. Default: the one deployed to.')
  tenantId: string?

  @description('Optional. Client ids of programs that may call, besides people who sign in on the page.')
  allowedClientIds: string[]?
}

@export()
@description('A service to be reached by a private endpoint.')
type privateTarget = {
  @description('Required. Name of the endpoint.')
  name: string

  @description('Required. Resource id of what it leads to.')
  resourceId: string

  @description('Required. Its sub-resource.')
  group: 'blob' | 'file' | 'queue' | 'table' | 'sites'
}
