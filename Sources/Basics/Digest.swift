import Crypto
package import Foundation

/// Hashes of bytes and of files, as lower-case hexadecimal.
package enum Digest {
    /// How much of a file is in memory at a time.
    package static let chunkSize = 1 << 20

    package static func md5(_ data: some DataProtocol) -> String { hex(Insecure.MD5.hash(data: data)) }
    package static func sha256(_ data: some DataProtocol) -> String { hex(SHA256.hash(data: data)) }
    /// The 32 bytes themselves.
    package static func sha256Bytes(_ data: some DataProtocol) -> [UInt8] { Array(SHA256.hash(data: data)) }
    /// Message authentication code of RFC 2104 with SHA-256.
    package static func hmacSHA256(key: String, _ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: Array(key.utf8))))
    }

    package static func sha256(_ text: String) -> String { sha256(Array(text.utf8)) }

    /// MD5 (DVC's object name) of a file, read in chunks.
    ///
    /// - Throws: ``FileError`` when the file cannot be read.
    package static func md5(file path: String) throws -> String { try hash(Insecure.MD5.self, file: path) }
    package static func sha256(file path: String) throws -> String { try hash(SHA256.self, file: path) }

    private static func hash<H: HashFunction>(_: H.Type, file path: String) throws -> String {
        var hasher = H()
        try FileChunks.read(path, size: chunkSize) { hasher.update(bufferPointer: $0) }
        return hex(hasher.finalize())
    }

    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// SHA-256 of parts that come one after another. Texts are hashed with their length, so that one cannot run into the
/// next.
package struct RunningDigest {
    private var hasher = SHA256()

    package init() {}

    package mutating func add(_ text: String) {
        let bytes = Array(text.utf8)
        add(UInt64(bytes.count))
        hasher.update(data: bytes)
    }

    package mutating func add(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { hasher.update(bufferPointer: $0) }
    }

    /// Bytes as they are, without their number: for formats whose lines end by themselves.
    package mutating func add(raw bytes: [UInt8]) { hasher.update(data: bytes) }

    package func finish() -> String { Digest.hex(hasher.finalize()) }
}
