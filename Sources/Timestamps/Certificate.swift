import Basics
import Crypto
import SwiftASN1

/// What of an X.509 certificate (RFC 5280) decides whether a token of its key counts.
struct Certificate: Sendable {
    /// All of it, as it was signed and is compared.
    let bytes: [UInt8]
    /// What its issuer signed.
    let body: [UInt8]
    let serial: [UInt8]
    /// Names are compared as they are encoded.
    let issuer: [UInt8]
    let subject: [UInt8]
    /// The last common name of the subject, for people.
    let name: String?
    let begin: Nanoseconds
    let end: Nanoseconds
    /// Nil where it is of a kind that does not count here.
    let key: CertificateKey?
    let scheme: SignatureScheme?
    let signature: [UInt8]
    let extensions: Extensions

    /// More than any certificate needs.
    static let mostBytes = 1 << 14

    /// - Throws: ``Failure`` with code `anchor.timestamp`.
    init(_ node: ASN1Node) throws {
        bytes = node.encoded
        guard bytes.count <= Certificate.mostBytes else {
            throw TimestampFailure.of("a certificate of \(bytes.count) bytes")
        }
        var outer = try DERReader(node, most: 3)
        let inside = try outer.next(), algorithm = try outer.next(), seal = try outer.next().bits()
        try outer.end()
        body = inside.encoded
        guard seal.unused == 0 else { throw TimestampFailure.of("a certificate whose signature has no whole bytes") }
        signature = seal.bytes
        scheme = SignatureScheme(try AlgorithmName(algorithm))
        var reader = try DERReader(inside, most: 10)
        let version = try reader.next(if: .context(0))?.explicit(0).smallInteger() ?? 0
        serial = try reader.next().integer()
        // Named twice; only one of the two is signed.
        guard try reader.next().encoded == algorithm.encoded else {
            throw TimestampFailure.of("a certificate that names two signature algorithms")
        }
        issuer = try reader.next().encoded
        var validity = try DERReader(try reader.next(), most: 2)
        (begin, end) = (try validity.next().moment(), try validity.next().moment())
        try validity.end()
        let subject = try reader.next()
        self.subject = subject.encoded
        name = try Certificate.commonName(subject)
        key = try CertificateKey(try reader.next())
        _ = reader.next(if: .context(1))
        _ = reader.next(if: .context(2))
        if let node = reader.next(if: .context(3)) {
            guard version == 2 else { throw TimestampFailure.of("a certificate with extensions of no version") }
            extensions = try Extensions(try node.explicit(3))
        } else {
            extensions = Extensions()
        }
        try reader.end()
    }

    private static func commonName(_ node: ASN1Node) throws -> String? {
        var found: String?
        for set in try DERReader(node).rest {
            for pair in try DERReader(set, as: .set).rest {
                var reader = try DERReader(pair, most: 2)
                let kind = try reader.next().objectIdentifier(), value = try reader.next()
                if kind == [2, 5, 4, 3], case .primitive(let text) = value.content {
                    found = String(decoding: text.prefix(200), as: UTF8.self)
                }
            }
        }
        return found
    }

    /// Why it says nothing of a moment; nil where it does.
    func objection(at time: Nanoseconds) -> String? {
        if time < begin { return "\(words) counts from \(TimeText.utc(begin)) on" }
        if time > end { return "\(words) expired at \(TimeText.utc(end))" }
        if let unknown = extensions.unknownCritical { return "\(words) has the critical extension \(unknown)" }
        return nil
    }

    /// Why it may not stand over others; nil where it may.
    ///
    /// - Parameter below: certificates of authorities between it and the signer's.
    func objection(asIssuerAt time: Nanoseconds, below: Int) -> String? {
        if let objection = objection(at: time) { return objection }
        guard extensions.isAuthority else { return "\(words) is no authority's" }
        if let usage = extensions.keyUsage, usage & Extensions.signsCertificates == 0 {
            return "\(words) may not sign certificates"
        }
        if let most = extensions.pathLength, below > most { return "\(words) has too many authorities below it" }
        if let purposes = extensions.purposes, !purposes.contains(Extensions.timeStamping),
            !purposes.contains(Extensions.anyPurpose)
        {
            return "\(words) is for other purposes"
        }
        if extensions.hasNameConstraints { return "\(words) limits names, which is not read here" }
        return nil
    }

    /// Why its key may sign no tokens (RFC 3161, 2.3); nil where it may.
    func objection(asSignerAt time: Nanoseconds) -> String? {
        if let objection = objection(at: time) { return objection }
        guard extensions.purposes == [Extensions.timeStamping], extensions.arePurposesCritical else {
            return "\(words) has not the critical extended key usage timeStamping and no other"
        }
        if let usage = extensions.keyUsage, usage & Extensions.signs == 0 { return "\(words) may not sign" }
        return nil
    }

    /// For messages.
    var words: String { "the certificate '\(name ?? "without a name")'" }
}

/// Extensions that matter here.
struct Extensions: Sendable {
    var isAuthority = false
    var pathLength: Int?
    /// The first eight bits of the key usage.
    var keyUsage: UInt8?
    var purposes: [ASN1ObjectIdentifier]?
    var arePurposesCritical = false
    var subjectKey: [UInt8]?
    var hasNameConstraints = false
    /// One that must be understood and is not.
    var unknownCritical: String?

    static let timeStamping: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 3, 8]
    static let anyPurpose: ASN1ObjectIdentifier = [2, 5, 29, 37, 0]
    /// Digital signature, non-repudiation.
    static let signs: UInt8 = 0xC0
    static let signsCertificates: UInt8 = 0x04

    init() {}

    init(_ node: ASN1Node) throws {
        var seen: Set<ASN1ObjectIdentifier> = []
        for entry in try DERReader(node).rest {
            var reader = try DERReader(entry, most: 3)
            let name = try reader.next().objectIdentifier()
            let isCritical = try reader.next(if: .boolean)?.boolean() ?? false
            let value = try reader.next().content(as: .octetString)
            try reader.end()
            guard seen.insert(name).inserted else { throw TimestampFailure.of("a certificate with \(name) twice") }
            try take(name, value, isCritical)
        }
    }

    private mutating func take(_ name: ASN1ObjectIdentifier, _ value: [UInt8], _ isCritical: Bool) throws {
        func inside() throws -> ASN1Node { try ASN1Node.parse(value, most: Certificate.mostBytes) }
        switch name {
        case [2, 5, 29, 19]:
            var reader = try DERReader(try inside(), most: 2)
            isAuthority = try reader.next(if: .boolean)?.boolean() ?? false
            pathLength = try reader.next(if: .integer)?.smallInteger()
            try reader.end()
        case [2, 5, 29, 15]: keyUsage = try inside().bits().bytes.first ?? 0
        case [2, 5, 29, 37]:
            purposes = try DERReader(try inside()).rest.map { try $0.objectIdentifier() }
            arePurposesCritical = isCritical
        case [2, 5, 29, 14]: subjectKey = try inside().content(as: .octetString)
        case [2, 5, 29, 30]: hasNameConstraints = true
        // Policies limit nothing without constraints, which are critical and unknown here.
        case [2, 5, 29, 32]: break
        default: if isCritical { unknownCritical = unknownCritical ?? "\(name)" }
        }
    }
}
