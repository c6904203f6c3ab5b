import Basics
import Crypto
import SwiftASN1

/// Who signed, by which algorithms, and the attributes that the signature covers: `SignerInfo` of RFC 5652.
struct SignerEntry: Sendable {
    private enum Name: Sendable {
        case issuer([UInt8], serial: [UInt8])
        case key([UInt8])
    }

    private let name: Name
    let digest: AlgorithmName
    private let scheme: SignatureScheme
    private let signature: [UInt8]
    /// As they are signed: with the tag of a set.
    private let signedBytes: [UInt8]
    private let attributes: [ASN1ObjectIdentifier: ASN1Node]

    private static let contentType: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 3]
    private static let messageDigest: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 4]
    private static let signingCertificate: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 16, 2, 12]
    private static let signingCertificateV2: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 16, 2, 47]

    /// - Throws: ``Failure`` with code `anchor.timestamp`.
    init(_ node: ASN1Node) throws {
        var reader = try DERReader(node, most: 7)
        let version = try reader.next().smallInteger(), identifier = try reader.next()
        if identifier.identifier == .sequence, version == 1 {
            var pair = try DERReader(identifier, most: 2)
            name = .issuer(try pair.next().encoded, serial: try pair.next().integer())
            try pair.end()
        } else if version == 3 {
            name = .key(try identifier.content(as: .context(0)))
        } else {
            throw TimestampFailure.of("a signer of no known kind")
        }
        digest = try AlgorithmName(try reader.next())
        guard let attributes = reader.next(if: .context(0)) else {
            throw TimestampFailure.of("a signature without attributes")
        }
        self.attributes = try SignerEntry.attributes(attributes)
        signedBytes = [0x31] + attributes.encoded.dropFirst()
        guard let scheme = SignatureScheme(try AlgorithmName(try reader.next()), digest: digest) else {
            throw TimestampFailure.of("a signature by an algorithm that does not count here")
        }
        self.scheme = scheme
        signature = try reader.next().content(as: .octetString)
        _ = reader.next(if: .context(1))
        try reader.end()
    }

    /// Each stands there once, with one value.
    private static func attributes(_ node: ASN1Node) throws -> [ASN1ObjectIdentifier: ASN1Node] {
        var found: [ASN1ObjectIdentifier: ASN1Node] = [:]
        for entry in try DERReader(node, as: .context(0)).rest {
            var reader = try DERReader(entry, most: 2)
            let name = try reader.next().objectIdentifier()
            var values = try DERReader(try reader.next(), as: .set, most: 1)
            try reader.end()
            guard found.updateValue(try values.next(), forKey: name) == nil else {
                throw TimestampFailure.of("the attribute \(name) twice")
            }
        }
        return found
    }

    func isMade(by certificate: Certificate) -> Bool {
        switch name {
        case .issuer(let issuer, let serial): certificate.issuer == issuer && certificate.serial == serial
        case .key(let id): certificate.extensions.subjectKey == id
        }
    }

    /// - Throws: ``Failure`` with code `anchor.timestamp`.
    func verify(_ content: [UInt8], _ certificate: Certificate) throws {
        guard try attributes[SignerEntry.contentType]?.objectIdentifier() == TimestampToken.contentType else {
            throw TimestampFailure.of("attributes of another content")
        }
        guard try attributes[SignerEntry.messageDigest]?.content(as: .octetString) == scheme.hash.hash(content) else {
            throw TimestampFailure.of("content that was altered after signing")
        }
        try checkCertificate(certificate)
        guard let key = certificate.key, key.verifies(signature, of: signedBytes, by: scheme) else {
            throw TimestampFailure.of("a signature that does not fit")
        }
    }

    /// The signature says by which certificate: another one of the same key, with other rights, does not do (RFC 2634
    /// and RFC 5035).
    private func checkCertificate(_ certificate: Certificate) throws {
        var isNamed = false
        if let value = attributes[SignerEntry.signingCertificate] {
            let first = try SignerEntry.first(value)
            var reader = try DERReader(first, most: 2)
            guard try reader.next().content(as: .octetString) == Array(Insecure.SHA1.hash(data: certificate.bytes))
            else { throw TimestampFailure.of("the name of another signing certificate") }
            isNamed = true
        }
        if let value = attributes[SignerEntry.signingCertificateV2] {
            var reader = try DERReader(try SignerEntry.first(value), most: 3), hash = HashFunction.sha256
            if let named = try? reader.rest.first.map({ try AlgorithmName($0) }),
                reader.rest.first?.identifier == .sequence
            {
                _ = try reader.next()
                guard named.isPlain, let known = HashFunction(named.identifier) else {
                    throw TimestampFailure.of("a signing certificate named by an unknown hash")
                }
                hash = known
            }
            guard try reader.next().content(as: .octetString) == hash.hash(certificate.bytes) else {
                throw TimestampFailure.of("the name of another signing certificate")
            }
            isNamed = true
        }
        guard isNamed else { throw TimestampFailure.of("no name of the signing certificate") }
    }

    /// The first of the certificates that an attribute names is the signer's.
    private static func first(_ value: ASN1Node) throws -> ASN1Node {
        var reader = try DERReader(value, most: 2)
        var list = try DERReader(try reader.next())
        return try list.next()
    }
}
