package import Basics
import Crypto
import SwiftASN1

/// A token of a time-stamping authority (RFC 3161): that it had seen a SHA-256 at a moment, signed by it.
///
/// What is read: `ContentInfo` with `SignedData` version 3 and one signer (RFC 5652), with RSA of PKCS #1 v1.5 or ECDSA
/// and SHA-256, SHA-384 or SHA-512. Not read: RSA-PSS, unsigned attributes, lists of revoked certificates.
package struct TimestampToken: Sendable {
    /// As it came, DER.
    package let bytes: [UInt8]
    /// What it is about: 32 bytes of SHA-256.
    package let imprint: [UInt8]
    /// When the authority had it, by the authority's clock.
    package let time: Nanoseconds
    /// Bytes of the number that the request had; nil where it had none.
    package let nonce: [UInt8]?
    /// The authority's number of this token, in hexadecimal digits.
    package let serial: String

    private let certificates: [Certificate]
    private let signer: SignerEntry
    /// What is signed for.
    private let content: [UInt8]

    /// More than any token needs, with the certificates of its authorities.
    package static let mostBytes = 1 << 16

    private static let signedData: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 7, 2]
    static let contentType: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 16, 1, 4]

    /// Reads a token; whether it counts is asked of ``verify(imprint:nonce:with:)``.
    ///
    /// - Throws: ``Failure`` with code `anchor.timestamp`.
    package init(_ bytes: [UInt8]) throws { try self.init(try ASN1Node.parse(bytes, most: TimestampToken.mostBytes)) }

    init(_ node: ASN1Node) throws {
        bytes = node.encoded
        guard bytes.count <= TimestampToken.mostBytes else { throw TimestampFailure.of("\(bytes.count) bytes") }
        var outer = try DERReader(node, most: 2)
        guard try outer.next().objectIdentifier() == TimestampToken.signedData else {
            throw TimestampFailure.of("no signed data")
        }
        var reader = try DERReader(try outer.next().explicit(0), most: 6)
        try outer.end()
        guard try reader.next().smallInteger() == 3 else { throw TimestampFailure.of("another version than 3") }
        let digests = try DERReader(try reader.next(), as: .set).rest.map { try AlgorithmName($0) }
        var inside = try DERReader(try reader.next(), most: 2)
        guard try inside.next().objectIdentifier() == TimestampToken.contentType else {
            throw TimestampFailure.of("signed content that is no timestamp")
        }
        content = try inside.next().explicit(0).content(as: .octetString)
        try inside.end()
        certificates =
            try reader.next(if: .context(0)).map {
                try DERReader($0, as: .context(0), most: 32).rest.map { try Certificate($0) }
            } ?? []
        _ = reader.next(if: .context(1))
        var signers = try DERReader(try reader.next(), as: .set, most: 1)
        try reader.end()
        signer = try SignerEntry(try signers.next())
        guard digests.contains(signer.digest), digests.allSatisfy(\.isPlain) else {
            throw TimestampFailure.of("a hash function that it does not name")
        }
        let info = try TimestampInfo(content)
        (imprint, time, nonce, serial) = (info.imprint, info.time, info.nonce, info.serial)
    }

    /// Refuses a token that says nothing about these bytes, or that nobody believable has signed.
    ///
    /// - Parameters:
    ///   - imprint: SHA-256 of what it must be about.
    ///   - nonce: of the request that it must answer; nil for a token that was kept.
    /// - Returns: the authority's name by its certificate.
    /// - Throws: ``Failure`` with code `anchor.timestamp` that says what does not fit.
    @discardableResult
    package func verify(imprint: [UInt8], nonce: [UInt8]?, with certificates: TimestampCertificates) throws -> String {
        guard self.imprint == imprint else { throw TimestampFailure.of("the imprint of something else") }
        if let nonce, self.nonce != nonce { throw TimestampFailure.of("another nonce than was asked with") }
        let known = self.certificates + certificates.pinned
        guard let certificate = known.first(where: { signer.isMade(by: $0) }) else {
            throw TimestampFailure.of("a signer whose certificate is neither in it nor pinned")
        }
        if let objection = certificate.objection(asSignerAt: time) { throw TimestampFailure.of(objection) }
        try certificates.check(certificate, others: self.certificates, at: time)
        try signer.verify(content, certificate)
        return certificate.name ?? "without a name"
    }
}

/// What the authority states: `TSTInfo`.
private struct TimestampInfo {
    let imprint: [UInt8]
    let time: Nanoseconds
    let nonce: [UInt8]?
    let serial: String

    init(_ bytes: [UInt8]) throws {
        var reader = try DERReader(try ASN1Node.parse(bytes, most: TimestampToken.mostBytes), most: 10)
        guard try reader.next().smallInteger() == 1 else { throw TimestampFailure.of("another version than 1") }
        _ = try reader.next().objectIdentifier()
        var about = try DERReader(try reader.next(), most: 2)
        let hash = try AlgorithmName(try about.next())
        guard hash.isPlain, HashFunction(hash.identifier) == .sha256 else {
            throw TimestampFailure.of("an imprint that is no SHA-256")
        }
        imprint = try about.next().content(as: .octetString)
        try about.end()
        guard imprint.count == SHA256.byteCount else { throw TimestampFailure.of("an imprint that is no SHA-256") }
        serial = try reader.next().integer().map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let moment = try reader.next()
        guard moment.identifier == .generalizedTime else { throw TimestampFailure.of("no time") }
        time = try moment.moment()
        // The accuracy of seconds, and whether tokens are in order.
        _ = reader.next(if: .sequence)
        _ = reader.next(if: .boolean)
        nonce = try reader.next(if: .integer)?.integer()
        _ = reader.next(if: .context(0))
        // What must be understood cannot be.
        if let extra = reader.next(if: .context(1)) {
            for entry in try DERReader(extra, as: .context(1)).rest {
                var reader = try DERReader(entry, most: 3)
                _ = try reader.next().objectIdentifier()
                if try reader.next(if: .boolean)?.boolean() == true {
                    throw TimestampFailure.of("a critical extension")
                }
            }
        }
        try reader.end()
    }
}
