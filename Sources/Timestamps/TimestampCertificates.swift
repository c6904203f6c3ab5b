import Basics
import SwiftASN1

/// Certificates that a project believes: of an authority's root, or of the authority itself. Who pins them has compared
/// them with what the authority publishes.
package struct TimestampCertificates: Sendable {
    let pinned: [Certificate]

    /// SHA-256 of each certificate as `openssl x509 -fingerprint -sha256` has it, each once, in order: the same
    /// whatever else stands in the file, and in which order.
    package var fingerprints: [String] { Set(pinned.map { Digest.sha256($0.bytes) }).sorted() }

    /// Reads certificates in PEM, one or more.
    ///
    /// - Parameter place: where they stand, for messages.
    /// - Throws: ``Failure`` with code `anchor.certificates`.
    package init(pem text: String, place: String) throws {
        guard text.utf8.count <= 1 << 18, let documents = try? PEMDocument.parseMultiple(pemString: text),
            !documents.isEmpty, documents.count <= 64, documents.allSatisfy({ $0.discriminator == "CERTIFICATE" })
        else { throw TimestampCertificates.refused("no certificates in PEM", place) }
        do {
            pinned = try documents.map {
                try Certificate(try ASN1Node.parse($0.derBytes, most: Certificate.mostBytes))
            }
        } catch let failure as Failure { throw TimestampCertificates.refused(failure.message, place) }
    }

    private static func refused(_ what: String, _ place: String) -> Failure {
        Failure(
            "anchor.certificates", "\(place): \(what)",
            hint: "put there, in PEM, the root certificate that the time-stamping authority publishes")
    }

    /// Refuses a signer's certificate from which no way leads up to a pinned one.
    ///
    /// Every signature on the way is checked, as are validity at the token's time, basic constraints with their path
    /// length, key usage, purposes, and that no critical extension is unknown. Not asked: lists of revoked
    /// certificates; a certificate that is taken out of the file counts for nothing from then on.
    ///
    /// - Parameter others: that came with the token.
    /// - Complexity: at most 64 signatures.
    func check(_ signer: Certificate, others: [Certificate], at time: Nanoseconds) throws {
        var search = Search(pinned: pinned, others: others, time: time)
        guard search.leads(from: signer, below: 0) else {
            throw TimestampFailure.of(
                "a certificate that no pinned one vouches for: " + (search.objection ?? "none is its issuer's"))
        }
    }

    private struct Search {
        let pinned: [Certificate]
        let others: [Certificate]
        let time: Nanoseconds
        /// The last reason why a way ended.
        var objection: String?
        private var left = 64

        init(pinned: [Certificate], others: [Certificate], time: Nanoseconds) {
            (self.pinned, self.others, self.time) = (pinned, others, time)
        }

        /// Ways are shorter than this.
        private static let mostAuthorities = 6

        mutating func leads(from certificate: Certificate, below: Int) -> Bool {
            if pinned.contains(where: { $0.bytes == certificate.bytes }) { return true }
            guard below < Search.mostAuthorities else { return false }
            for issuer in pinned + others
            where issuer.subject == certificate.issuer && issuer.bytes != certificate.bytes {
                if let why = issuer.objection(asIssuerAt: time, below: below) {
                    objection = why
                    continue
                }
                left -= 1
                guard left > 0 else { return false }
                guard let key = issuer.key, let scheme = certificate.scheme,
                    key.verifies(certificate.signature, of: certificate.body, by: scheme)
                else {
                    objection = "\(issuer.words) has not signed \(certificate.words)"
                    continue
                }
                if leads(from: issuer, below: below + 1) { return true }
            }
            return false
        }
    }
}
