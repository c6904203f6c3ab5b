import Basics
import Foundation
import Promotion
import Registry
import Timestamps

/// Tokens of time-stamping authorities, beside the heads that they are about: two tracked files a head, made once.
///
///     Registry/timestamps/0000000042-HEAD.json         the signed head, byte for byte what the token is about
///     Registry/timestamps/0000000042-HEAD-TOKEN.tst    the token, DER, as `openssl ts` reads it
///
/// HEAD and TOKEN are the first 16 digits of the SHA-256 of the two.
enum TimestampStore {
    static let directory = "Registry/timestamps"

    private static let (headEnd, tokenEnd) = (".json", ".tst")

    /// Asks an authority for a token over a head, checks it, and keeps it.
    ///
    /// - Throws: ``Failure`` with code `anchor.failed` where it cannot be asked, `anchor.timestamp` where its answer
    ///   does not count, `anchor.certificates`.
    static func write(_ head: AuditHead, from authority: TimestampAuthority, session: Session) throws -> (
        name: String, time: Nanoseconds?
    ) {
        let certificates = try certificates(authority, session: session), bytes = Array(head.envelope.utf8)
        let request = TimestampRequest(imprint: imprint(bytes))
        let token = try request.token(in: try authority.ask(request.bytes), with: certificates)
        // One that would never count is not kept: it would be a problem of the record for ever.
        let apart = token.time.saturatingMinus(head.signedAt)
        guard apart.magnitude <= AuditHeads.clockTolerance else {
            throw Failure(
                "anchor.timestamp",
                "found a timestamp of \(TimeText.utc(token.time)) for a head signed at "
                    + "\(TimeText.utc(head.signedAt)) by this machine's clock, more than ten minutes apart",
                hint: "set this machine's clock right, or name another authority; then: hftml audit anchor",
                exitStatus: .refused)
        }
        let base = "\(AnchorStore.padded(head.sequence))-\(Digest.sha256(bytes).prefix(16))"
        let name = "\(base)-\(Digest.sha256(token.bytes).prefix(16))\(tokenEnd)",
            folder = "\(session.root)/\(directory)"
        try AnchorStore.create(bytes, base + headEnd, in: folder)
        try AnchorStore.create(token.bytes, name, in: folder)
        return (name, token.time)
    }

    /// Every token that counts, with its head and its time, and what of them does not, in words.
    ///
    /// - Parameter authorities: those of the settings, whose certificates are pinned.
    static func read(_ authorities: [TimestampAuthority], session: Session) throws -> (
        heads: [AnchoredHead], problems: [String]
    ) {
        let folder = "\(session.root)/\(directory)"
        var heads: [AnchoredHead] = [], problems: [String] = []
        var pinned: [(authority: TimestampAuthority, certificates: TimestampCertificates)] = []
        for authority in authorities {
            do { pinned.append((authority, try certificates(authority, session: session))) } catch let error
                as any UserFacingError
            { problems.append(error.message) }
        }
        guard Paths.isDirectory(folder) else { return (heads, problems) }
        for name in try Paths.entries(folder, isLenient: true) where name.hasSuffix(tokenEnd) && !name.hasPrefix(".") {
            do { heads.append(try head(name, in: folder, pinned)) } catch let error as any UserFacingError {
                problems.append("\(directory)/\(name) is no anchor: \(error.message)")
            }
        }
        return (heads, problems)
    }

    /// Whether tokens were ever kept here.
    static func isEmpty(session: Session) throws -> Bool {
        let folder = "\(session.root)/\(directory)"
        return try !Paths.isDirectory(folder)
            || !Paths.entries(folder, isLenient: true).contains { $0.hasSuffix(tokenEnd) }
    }

    private static func head(
        _ name: String, in folder: String,
        _ pinned: [(authority: TimestampAuthority, certificates: TimestampCertificates)]
    ) throws -> AnchoredHead {
        let parts = name.dropLast(tokenEnd.count).split(separator: "-").map(String.init)
        guard parts.count == 3 else { throw refused("its name is not NUMBER-HEAD-TOKEN.tst") }
        let token = try SmallFile.bytes("\(folder)/\(name)", most: TimestampToken.mostBytes)
        guard Digest.sha256(token).prefix(16) == parts[2] else { throw refused("it is not the token of its name") }
        let path = "\(folder)/\(parts[0])-\(parts[1])\(headEnd)"
        guard Paths.exists(path) else { throw refused("the head beside it is gone") }
        let head = try SmallFile.bytes(path, most: 1 << 20)
        guard Digest.sha256(head).prefix(16) == parts[1] else { throw refused("the head beside it was altered") }
        let stamp = try TimestampToken(token)
        var failure: (any Error)?
        for (authority, certificates) in pinned {
            do {
                try stamp.verify(imprint: imprint(head), nonce: nil, with: certificates)
                return AnchoredHead(
                    envelope: String(decoding: head, as: UTF8.self), place: .timestamp(authority), name: name,
                    time: stamp.time)
            } catch { failure = failure ?? error }
        }
        throw failure ?? refused("no authority of the settings has certificates that can be read")
    }

    private static func refused(_ what: String) -> Failure { Failure("anchor.timestamp", what, exitStatus: .refused) }

    private static func imprint(_ bytes: [UInt8]) -> [UInt8] { Digest.sha256Bytes(bytes) }

    /// - Throws: ``Failure`` with code `anchor.certificates`.
    static func certificates(_ authority: TimestampAuthority, session: Session) throws -> TimestampCertificates {
        let path = Paths.join(session.root, authority.certificates)
        let bytes: [UInt8]
        do { bytes = try SmallFile.bytes(path, most: 1 << 18) } catch let error as any UserFacingError {
            throw Failure(
                "anchor.certificates", "cannot read the pinned certificates: \(error.message)",
                hint: "put there, in PEM, the root certificate that the time-stamping authority publishes")
        }
        return try TimestampCertificates(pem: String(decoding: bytes, as: UTF8.self), place: authority.certificates)
    }
}
