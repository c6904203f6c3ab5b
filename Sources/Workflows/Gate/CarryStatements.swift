import Basics
import Foundation
import ModelBundles
import Promotion
package import Registry

/// What people signed about a version in one registry in; the same statements, on record in another, out.
///
/// Who approves sits at a workstation, over a copy of the record; the record that counts lies where CI promotes. In
/// between a statement is a file, the signed envelope and nothing else. It counts by its signature and by what its key
/// may do here, never by who brought it: the directory may be open to everybody. What would not count, and what is
/// about a version that is not here, stays off the record.
package enum CarryStatements {
    /// A statement as it was found in a file.
    package struct Found: Sendable {
        /// As it was typed, or below the directory that was.
        package let path: String
        package let record: StatementRecord
        let statement: Statement

        /// By name and number alone: an alias names no version for good.
        fileprivate var subject: AuditSubject { .version(model: record.model, number: record.version) }
    }

    package struct Taken: Sendable {
        /// Now on record, in the order in which they were signed.
        package var taken: [Found] = []
        /// On record already.
        package var known: [Found] = []
        /// About versions, or weights of them, that are not here.
        package var elsewhere: [Found] = []
        /// Files that were passed over, and why they do not count.
        package var passed: [(path: String, reason: String)] = []

        /// Nothing yet.
        package init() {}
    }

    /// A statement is some two thousand bytes; what is larger is none.
    private static let mostBytes = 1 << 16

    // MARK: Out

    /// Writes each statement about a version into a file of its own; those that are there stay.
    ///
    /// - Returns: the files of all of them, in the order in which they were recorded.
    /// - Throws: ``Failure`` with code `statement.none` where nobody has signed anything about it.
    package static func export(_ reference: String, to directory: String, session: Session) throws -> [String] {
        let registry = try session.registry(), version = try RegisterModel.version(reference, session: session)
        let records = try registry.statements(of: version)
        guard !records.isEmpty else {
            throw Failure(
                "statement.none", "found nothing that anybody signed about \(version.reference)",
                hint: "sign it: hftml approve \(version.reference) --for ENVIRONMENT --as NAME")
        }
        try Paths.makeDirectory(directory)
        return try records.map { record in
            let name = "\(record.kind.rawValue)-\(plain(record.model))-\(record.version)-\(plain(record.signer))"
            let path = Paths.join(directory, "\(name)-\(record.digest.prefix(12)).json")
            if !Paths.exists(path) { try AtomicFile.write(record.envelope + "\n", to: path, mode: 0o644) }
            return path
        }
    }

    /// Names of a damaged registry lead to no other directory.
    private static func plain(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
    }

    // MARK: In

    /// Takes up what files hold.
    ///
    /// - Parameters:
    ///   - places: files, of which every one has to count, and directories, in which what does not is passed over:
    ///     others write there as well.
    ///   - isOptional: whether a place that is not there is no error.
    ///   - signsHead: whether the log's head is signed and anchored at once; what must not wait for an authority signs
    ///     it later.
    /// - Throws: ``Failure`` with code `statement.…`, `file.special`, where nothing is on record; what is thrown by the
    ///   record or by the head leaves what was kept before it.
    package static func run(
        _ places: [String], isOptional: Bool = false, signsHead: Bool = true, session: Session
    ) throws -> Taken {
        var outcome = Taken()
        try run(places, isOptional: isOptional, signsHead: signsHead, session: session, into: &outcome)
        return outcome
    }

    /// - Parameter outcome: what was kept stands there also where this throws.
    /// - Throws: as ``run(_:isOptional:signsHead:session:)``.
    package static func run(
        _ places: [String], isOptional: Bool = false, signsHead: Bool = true, session: Session,
        into outcome: inout Taken
    ) throws {
        let registry = try session.registry(), signing = try SigningPlaces(session)
        var new: [(found: Found, version: VersionRecord)] = []
        func look(_ path: String, _ shown: String) throws {
            let found = try read(path, shown)
            guard let version = try version(of: found, registry) else { return outcome.elsewhere.append(found) }
            // The same in two files is one.
            let isTwice = new.contains { $0.found.record.digest == found.record.digest }
            let isKnown = try isTwice || registry.statements(of: version).contains { $0.digest == found.record.digest }
            if isKnown { return outcome.known.append(found) }
            if let failure = signing.failure(of: found.record) { throw refusal(failure, found) }
            new.append((found, version))
        }
        for place in places {
            let path = session.path(place)
            guard Paths.exists(path) || !isOptional else { continue }
            guard Paths.isDirectory(path) else {
                try look(path, place)
                continue
            }
            // Others write there as well: a name that is no text holds up nobody.
            for name in try Paths.entries(path, isLenient: true)
            where name.hasSuffix(".json") && !name.hasPrefix(".") {
                let shown = Paths.join(place, name)
                do { try look(Paths.join(path, name), shown) } catch let error as any UserFacingError {
                    outcome.passed.append((shown, error.message))
                }
            }
        }
        // On record in the order in which they were said, whatever their files are called.
        func order(_ found: Found) -> (Nanoseconds, String) { (found.statement.signedAt, found.record.digest) }
        new.sort { order($0.found) < order($1.found) }
        // As where it is signed: who promotes reads what runs on although somebody said no.
        func tell() {
            let rejected = outcome.taken.filter { $0.record.kind == .rejection }.map(\.statement.weights)
            for weights in Set(rejected).sorted() { RejectedInForce.tell(weights, session: session) }
        }
        do {
            for (found, version) in new {
                try SignStatement.keep(found.record, found.statement, of: version, registry: registry)
                outcome.taken.append(found)
            }
        } catch {
            tell()
            throw error
        }
        if signsHead, !outcome.taken.isEmpty { try SignHead.run(signer: nil, session: session) }
        tell()
    }

    /// - Throws: ``Failure`` with code `statement.format`, `file.special`.
    private static func read(_ path: String, _ shown: String) throws -> Found {
        let text = String(decoding: try SmallFile.bytes(path, most: mostBytes), as: UTF8.self)
        // One text for one statement, however the file was laid out.
        guard let envelope = try? Envelope(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            envelope.signatures.count == 1, let statement = Statement(envelope: envelope.text),
            let slash = statement.subject.lastIndex(of: "/"),
            let number = Int(statement.subject[statement.subject.index(after: slash)...])
        else {
            throw Failure(
                "statement.format", "found no signed statement in '\(shown)'",
                hint: "let its signer write it again: hftml statements export NAME/VERSION DIRECTORY",
                exitStatus: .refused)
        }
        return Found(
            path: shown,
            record: StatementRecord(
                kind: statement.kind, model: String(statement.subject[..<slash]), version: number,
                signer: statement.signer, keyID: envelope.signatures[0].keyID, envelope: envelope.text,
                createdAt: statement.signedAt), statement: statement)
    }

    /// The version that a statement is about; nil where it is not here, or has other weights: two pipelines may have
    /// given one number to different ones.
    private static func version(of found: Found, _ registry: RegistryDatabase) throws -> VersionRecord? {
        do {
            let version = try registry.version("\(found.record.model)/\(found.record.version)")
            return version.subject == found.subject && version.weights == found.statement.weights ? version : nil
        } catch let error as any UserFacingError where error.code == "registry.no-version" { return nil }
    }

    private static func refusal(_ error: any Error, _ found: Found) -> any Error {
        guard let error = error as? any UserFacingError else { return error }
        return Failure(
            error.code, "\(found.path): \(error.message)", hint: error.hint, exitStatus: .refused)
    }
}
