import Basics
import Foundation
import ModelBundles
import Promotion
import Registry

/// A version in one registry in; the same version, with its evidence, in another, out. In between it is a signed
/// archive.
///
/// The archive is a tar file, written and read by the system's tar:
///
///     envelope.json         DSSE envelope around the manifest: {schemaVersion, version, records, objects},
///                           all by SHA-256
///     records.json          what the registry knows; see VersionRecords
///     objects/<sha256>      weights and other artefacts of the run
///
/// A trusted key signed the digests of everything else, and nothing else may lie in it.
package enum CarryVersion {
    package static let payloadType = "application/vnd.hftml.version-archive+json"

    package struct Summary: Sendable, Equatable {
        package var reference: String
        package var signer: String
        package var objects: Int
        package var bytes: Int
        package var isNew = true
        /// Statements whose signers are not trusted here, and so do not count for a gate of this session.
        package var uncounted: [String] = []
    }

    // MARK: Out

    package static func export(_ reference: String, to file: String, key name: String, session: Session) throws
        -> Summary
    {
        let registry = try session.registry(), version = try RegisterModel.version(reference, session: session),
            key = try PrivateKeys.signer(name, session: session)
        guard !Paths.exists(file) else {
            throw Failure("export.exists", "found a file at '\(file)'", hint: "choose another name")
        }
        let scratch = try makeScratch(session)
        defer { try? Paths.remove(scratch) }
        let records = try VersionRecords.export(version, from: registry).text(.canonical) + "\n"
        try AtomicFile.write(records, to: Paths.join(scratch, "records.json"))
        try Paths.makeDirectory(Paths.join(scratch, "objects"))
        let digests = Set(try registry.artefacts(run: version.run).map(\.digest) + [version.weights]).sorted()
        var bytes = 0
        for digest in digests {
            let source = try session.artefacts.verified(digest), target = Paths.join(scratch, "objects/\(digest)")
            do { try FileManager.default.copyItem(atPath: source, toPath: target) } catch {
                throw FileError("copy", source)
            }
            bytes += Paths.size(target) ?? 0
        }
        let manifest = JSONValue.map([
            "schemaVersion": .int(1), "version": .string(version.reference), "weights": .string(version.weights),
            "records": .string(Digest.sha256(records)), "objects": .strings(digests),
            "exportedAt": .string(TimeText.utc(registry.now())), "exportedBy": .string(try session.actor()),
        ]).text(.compact)
        try AtomicFile.write(
            try Envelope.make(payloadType: payloadType, payload: manifest, key: key) + "\n",
            to: Paths.join(scratch, "envelope.json"))
        let partial = Paths.join(Paths.parent(Paths.absolute(file)), ".\(Paths.name(file)).tmp-\(UUID().uuidString)")
        defer { try? Paths.remove(partial) }
        let isReproducible = [
            "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=u=rw,go=r,a+X",
        ]
        try tar(
            session, ["--create", "--file", partial] + isReproducible + ["envelope.json", "objects", "records.json"],
            in: scratch
        )
        guard rename(partial, file) == 0 else { throw FileError("write", file) }
        try registry.audit(
            action: "version.export", subject: version.subject,
            detail: .map(["signer": .string(key.name), "weights": .string(version.weights)]))
        return Summary(reference: version.reference, signer: key.name, objects: digests.count, bytes: bytes)
    }

    // MARK: In

    /// Verifies everything before the registry sees anything.
    ///
    /// - Throws: ``Failure`` with code `import.…` or `statement.…`; nothing is changed then.
    package static func `import`(_ file: String, session: Session) throws -> Summary {
        let registry = try session.registry(), trusted = try ManageKeys.people(session, registry: registry)
        let scratch = try makeScratch(session)
        defer { try? Paths.remove(scratch) }
        try unpack(file, into: scratch, session: session)
        let (payload, key) = try Envelope.open(
            try FileChunks.text(Paths.join(scratch, "envelope.json")), payloadType: payloadType, trusted: trusted,
            at: registry.now())
        let manifest = try ConfigReader(
            try JSONParser.parse(payload, file: "manifest"),
            keys: ["schemaVersion", "version", "weights", "records", "objects", "exportedAt", "exportedBy"])
        try manifest.checkSchemaVersion(1)
        let digests = try manifest.strings("objects"), reference = try manifest.string("version"),
            weights = try manifest.string("weights")
        guard
            Set(try Paths.files(below: scratch))
                == Set(["envelope.json", "records.json"] + digests.map { "objects/\($0)" })
        else {
            throw Failure(
                "import.files", "found other files in '\(file)' than its signed list names", exitStatus: .refused)
        }
        let records = try FileChunks.text(Paths.join(scratch, "records.json"))
        guard Digest.sha256(records) == (try manifest.string("records")) else {
            throw Failure(
                "import.altered", "found records in '\(file)' that are not those signed", exitStatus: .refused)
        }
        for digest in digests {
            guard digest.count == 64, try Digest.sha256(file: Paths.join(scratch, "objects/\(digest)")) == digest else {
                throw Failure(
                    "import.altered",
                    "found other content in the object \(digest.prefix(12)) of '\(file)' than was signed",
                    exitStatus: .refused)
            }
        }
        let node = try JSONParser.parse(records, file: "records.json")
        guard node[key: "weights"]?.stringValue == weights, digests.contains(weights),
            "\(node[key: "model"]?.stringValue ?? "")/\(node[key: "version"]?.intValue ?? 0)" == reference
        else {
            throw Failure(
                "import.altered", "found records of another version than '\(reference)' in '\(file)'",
                exitStatus: .refused)
        }
        // Objects first: a version without its weights would be half of one; weights without a version are only bytes.
        var bytes = 0
        for digest in digests { bytes += try session.artefacts.add(Paths.join(scratch, "objects/\(digest)")).size }
        let outcome = try VersionRecords.import(
            node,
            source: .map([
                "signer": .string(key.name), "keyID": .string(key.id),
                "exportedAt": .string(try manifest.string("exportedAt")),
            ]), into: registry)
        var summary = Summary(
            reference: reference, signer: key.name, objects: digests.count, bytes: bytes, isNew: outcome == .imported)
        let places = try SigningPlaces(session)
        summary.uncounted = try registry.statements(of: try registry.version(reference)).compactMap {
            (places.failure(of: $0) as? any UserFacingError)?.message
        }
        return summary
    }

    private static func makeScratch(_ session: Session) throws -> String {
        let scratch = Paths.join(Paths.parent(session.registryPath), "scratch-\(RunRecord.newID())")
        try Paths.makeDirectory(scratch)
        return scratch
    }

    /// Only names that an archive of ours has, and regular files: the list is read before anything is written.
    private static func unpack(_ file: String, into scratch: String, session: Session) throws {
        guard Paths.exists(file) else { throw FileError("open", file, number: ENOENT) }
        let listing = Paths.join(scratch, ".list")
        let descriptor = open(listing, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileError("create", listing) }
        defer { close(descriptor) }
        try tar(
            session,
            ["--list", "--verbose", "--quoting-style=escape", "--file", Paths.absolute(file)], in: scratch,
            output: descriptor)
        let lines = try FileChunks.text(listing).split(separator: "\n")
        try Paths.remove(listing)
        for line in lines {
            let name = line.split(separator: " ").last.map(String.init) ?? "",
                isPlain = line.hasPrefix("-") || line.hasPrefix("d")
            let isObject =
                name.hasPrefix("objects/") && name.count == 72
                && name.dropFirst(8).allSatisfy { $0.isHexDigit && $0.isASCII }
            guard isPlain, isObject || ["envelope.json", "records.json", "objects/"].contains(name)
            else {
                throw Failure(
                    "import.files",
                    "found '\(line.prefix(120))' in '\(file)', expected envelope, records and objects alone",
                    exitStatus: .refused)
            }
        }
        try tar(
            session,
            [
                "--extract", "--file", Paths.absolute(file), "--no-same-owner", "--no-same-permissions",
                "--keep-old-files",
            ], in: scratch)
    }

    private static func tar(_ session: Session, _ arguments: [String], in directory: String, output: Int32 = 2) throws {
        let quiet = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(quiet) }
        let status = try ChildProcess(
            ["tar"] + arguments, directory: directory, environment: session.caller.environment, input: quiet,
            output: output == 2 ? quiet : output, errors: quiet
        ).wait()
        guard status == 0 else {
            throw Failure(
                "archive.tar", "tar ended with status \(status)", hint: "the file is no archive, or the disk is full")
        }
    }
}
