import Basics
import Crypto
import CryptoExtras
import Foundation
import SwiftASN1

/// Hash functions of signatures that count.
enum HashFunction: Sendable, Equatable {
    case sha256
    case sha384
    case sha512

    /// By their identifiers (RFC 5754); nil for others, SHA-1 among them.
    init?(_ identifier: ASN1ObjectIdentifier) {
        switch identifier {
        case [2, 16, 840, 1, 101, 3, 4, 2, 1]: self = .sha256
        case [2, 16, 840, 1, 101, 3, 4, 2, 2]: self = .sha384
        case [2, 16, 840, 1, 101, 3, 4, 2, 3]: self = .sha512
        default: return nil
        }
    }

    func hash(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .sha256: Array(SHA256.hash(data: bytes))
        case .sha384: Array(SHA384.hash(data: bytes))
        case .sha512: Array(SHA512.hash(data: bytes))
        }
    }
}

/// An algorithm with its parameters as DER has it.
struct AlgorithmName: Sendable, Equatable {
    let identifier: ASN1ObjectIdentifier
    let parameters: ASN1Node?

    init(_ node: ASN1Node) throws {
        var reader = try DERReader(node, most: 2)
        identifier = try reader.next().objectIdentifier()
        parameters = reader.rest.first
    }

    /// No parameters, or the NULL that many write for none.
    var isPlain: Bool { parameters == nil || parameters?.encoded == [0x05, 0x00] }
}

/// How a signature was made: RSA with PKCS #1 v1.5, or ECDSA.
struct SignatureScheme: Sendable, Equatable {
    let hash: HashFunction
    let isRSA: Bool

    /// As a certificate names it, hash included; nil for what does not count here.
    init?(_ name: AlgorithmName) {
        switch name.identifier {
        case [1, 2, 840, 113_549, 1, 1, 11] where name.isPlain: (hash, isRSA) = (.sha256, true)
        case [1, 2, 840, 113_549, 1, 1, 12] where name.isPlain: (hash, isRSA) = (.sha384, true)
        case [1, 2, 840, 113_549, 1, 1, 13] where name.isPlain: (hash, isRSA) = (.sha512, true)
        case [1, 2, 840, 10_045, 4, 3, 2] where name.parameters == nil: (hash, isRSA) = (.sha256, false)
        case [1, 2, 840, 10_045, 4, 3, 3] where name.parameters == nil: (hash, isRSA) = (.sha384, false)
        case [1, 2, 840, 10_045, 4, 3, 4] where name.parameters == nil: (hash, isRSA) = (.sha512, false)
        default: return nil
        }
    }

    /// As a signer's entry names it, which has the hash beside it (RFC 5652, 5.3); nil where the two do not fit.
    init?(_ name: AlgorithmName, digest: AlgorithmName) {
        guard digest.isPlain, let hash = HashFunction(digest.identifier) else { return nil }
        if name.identifier == [1, 2, 840, 113_549, 1, 1, 1], name.isPlain {
            (self.hash, isRSA) = (hash, true)
        } else {
            guard let scheme = SignatureScheme(name), scheme.hash == hash else { return nil }
            self = scheme
        }
    }
}

/// A public key of a certificate: RSA of 2048 to 4096 bits, or ECDSA on P-256 or P-384.
enum CertificateKey: Sendable {
    case rsa(_RSA.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)

    /// - Parameter node: `SubjectPublicKeyInfo`.
    /// - Returns: nil for a key that does not count here.
    init?(_ node: ASN1Node) throws {
        var reader = try DERReader(node, most: 2)
        let name = try AlgorithmName(try reader.next()), (bytes, unused) = try reader.next().bits()
        guard unused == 0 else { return nil }
        switch name.identifier {
        case [1, 2, 840, 113_549, 1, 1, 1]:
            guard name.isPlain, bytes.count <= 1024,
                let key = try? _RSA.Signing.PublicKey(derRepresentation: node.encoded),
                (2048...4096).contains(key.keySizeInBits)
            else { return nil }
            self = .rsa(key)
        case [1, 2, 840, 10_045, 2, 1]:
            guard let curve = try name.parameters?.objectIdentifier() else { return nil }
            if curve == [1, 2, 840, 10_045, 3, 1, 7], let key = try? P256.Signing.PublicKey(x963Representation: bytes) {
                self = .p256(key)
            } else if curve == [1, 3, 132, 0, 34], let key = try? P384.Signing.PublicKey(x963Representation: bytes) {
                self = .p384(key)
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// Whether a signature of this key covers the bytes.
    func verifies(_ signature: [UInt8], of bytes: [UInt8], by scheme: SignatureScheme) -> Bool {
        switch scheme.hash {
        case .sha256: verifies(signature, SHA256.hash(data: bytes), scheme)
        case .sha384: verifies(signature, SHA384.hash(data: bytes), scheme)
        case .sha512: verifies(signature, SHA512.hash(data: bytes), scheme)
        }
    }

    private func verifies(_ signature: [UInt8], _ digest: some Crypto.Digest, _ scheme: SignatureScheme) -> Bool {
        switch self {
        case .rsa(let key):
            return scheme.isRSA
                && key.isValidSignature(
                    _RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: .insecurePKCS1v1_5)
        case .p256(let key):
            guard !scheme.isRSA, let pair = CertificateKey.pair(signature, width: 32),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: pair)
            else { return false }
            return key.isValidSignature(signature, for: digest)
        case .p384(let key):
            guard !scheme.isRSA, let pair = CertificateKey.pair(signature, width: 48),
                let signature = try? P384.Signing.ECDSASignature(rawRepresentation: pair)
            else { return false }
            return key.isValidSignature(signature, for: digest)
        }
    }

    /// The two numbers of an ECDSA signature, one behind the other; nil where they are no DER or do not fit.
    private static func pair(_ signature: [UInt8], width: Int) -> [UInt8]? {
        guard let node = try? ASN1Node.parse(signature, most: 2 * width + 16),
            var reader = try? DERReader(node, most: 2), let r = try? reader.next().integer(),
            let s = try? reader.next().integer()
        else { return nil }
        var pair: [UInt8] = []
        for number in [r, s] {
            let digits = number.first == 0 ? number.dropFirst() : number[...]
            guard number[0] < 0x80, !digits.isEmpty, digits.count <= width else { return nil }
            pair += [UInt8](repeating: 0, count: width - digits.count) + digits
        }
        return pair
    }
}
