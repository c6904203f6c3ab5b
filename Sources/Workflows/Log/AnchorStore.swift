import Basics
import DataVersioning
import Foundation
import Promotion
import Registry

/// Writing to anchor places, and reading all that they hold.
enum AnchorStore {
    /// Adds a head; one that is there already changes nothing.
    ///
    /// - Returns: which one of the place's it is, and when the place had it where it has a clock.
    /// - Throws: ``Failure`` with code `anchor.failed`, `anchor.timestamp`, `anchor.certificates`.
    static func write(_ head: AuditHead, to place: AnchorPlace, session: Session) throws -> (
        name: String, time: Nanoseconds?
    ) {
        switch place {
        case .git:
            guard let repository = try GitRepository.around(session.root) else {
                throw Failure(
                    "anchor.failed", "found no Git repository around '\(session.root)', expected one for the anchors",
                    hint: "run: git init, or name a directory under anchors in Registry/hftml.yaml")
            }
            let commit = try repository.append(
                head.envelope + "\n", as: AnchorPlace.file, to: AnchorPlace.reference,
                after: try goOn(repository), message: "Audit log at entry \(head.sequence)\n")
            return (commit, nil)
        case .directory(let path):
            let name = "\(padded(head.sequence))-\(Digest.sha256(head.envelope).prefix(16)).json"
            try create(Array((head.envelope + "\n").utf8), name, in: session.anchorDirectory(path))
            return (name, nil)
        case .timestamp(let authority): return try TimestampStore.write(head, from: authority, session: session)
        }
    }

    /// Moves the chain on to where a fetched one is that follows it.
    ///
    /// - Returns: the fetched chains.
    private static func goOn(_ repository: GitRepository) throws -> [String] {
        let others = try fetched(repository)
        for other in others { try repository.moveOn(AnchorPlace.reference, to: other) }
        return others
    }

    /// The commit that has a head already, where Git is the only place: signed again it would say nothing new. None
    /// while a fetched chain has gone another way, which the next commit joins.
    ///
    /// - Throws: ``Failure`` with code `git.failed`.
    static func commit(of head: AuditHead, session: Session) throws -> String? {
        guard try session.anchorPlaces() == [.git], let repository = try GitRepository.around(session.root),
            try repository.unmerged(try goOn(repository), into: AnchorPlace.reference).isEmpty
        else { return nil }
        return try repository.chain(AnchorPlace.file, of: AnchorPlace.reference).last {
            trimmed($0.text) == head.envelope
        }?.commit
    }

    /// Ten digits, so that names are in the order of entries.
    static func padded(_ sequence: Int) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    /// A file made in one step and never again: not by us, and on a medium that is written once by nobody.
    static func create(_ bytes: [UInt8], _ name: String, in directory: String) throws {
        let path = "\(directory)/\(name)"
        func failure(_ what: String) -> Failure {
            Failure(
                "anchor.failed", "cannot \(what) '\(path)': \(String(cString: strerror(errno)))",
                hint: "see that the directory of the anchors is mounted and can be written to")
        }
        try Paths.makeDirectory(directory)
        if Paths.exists(path) { return }
        let temporary = "\(directory)/.\(name).\(getpid()).\(UInt32.random(in: .min ... .max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
        guard descriptor >= 0 else { throw failure("create") }
        defer { unlink(temporary) }
        let isWritten = bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Foundation.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return fsync(descriptor) == 0
        }
        close(descriptor)
        guard isWritten else { throw failure("write") }
        // A link never takes the place of a file that is there.
        guard link(temporary, path) == 0 || errno == EEXIST else { throw failure("create") }
        let folder = open(directory, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Every head that the places hold, and what of them cannot be read, in words.
    static func read(_ places: [AnchorPlace], session: Session) throws -> (heads: [AnchoredHead], problems: [String]) {
        var heads: [AnchoredHead] = [], problems: [String] = []
        for place in places {
            switch place {
            case .git:
                guard let repository = try GitRepository.around(session.root) else { continue }
                do {
                    // What others have anchored and pushed says as much as what was anchored here.
                    var seen: Set<String> = []
                    for reference in [AnchorPlace.reference] + (try fetched(repository)) {
                        heads += try repository.chain(AnchorPlace.file, of: reference).filter {
                            seen.insert($0.commit).inserted
                        }.map { AnchoredHead(envelope: trimmed($0.text), place: place, name: $0.commit) }
                    }
                } catch let failure as Failure where failure.code == "git.failed" { problems.append(failure.message) }
            case .directory(let path):
                let directory = session.anchorDirectory(path)
                guard Paths.isDirectory(directory) else {
                    problems.append(
                        "found no directory '\(directory)', where signed heads of the audit log are kept")
                    continue
                }
                for name in try Paths.entries(directory, isLenient: true)
                where name.hasSuffix(".json") && !name.hasPrefix(".") {
                    // What others put there is told, and ends no look at the heads beside it.
                    do {
                        let bytes = try SmallFile.bytes("\(directory)/\(name)", most: mostBytes)
                        let text = String(decoding: bytes, as: UTF8.self)
                        heads.append(AnchoredHead(envelope: trimmed(text), place: place, name: name))
                    } catch let error as any UserFacingError { problems.append(error.message) }
                }
            case .timestamp: continue
            }
        }
        let authorities = places.compactMap { place in
            if case .timestamp(let authority) = place { authority } else { nil }
        }
        if !authorities.isEmpty {
            let stamped = try TimestampStore.read(authorities, session: session)
            heads += stamped.heads
            problems += stamped.problems
        }
        return (heads, problems)
    }

    /// Every head that lies outside the registry: in the anchor places, in Git whatever the settings say, and in the
    /// list of the workspace.
    static func outside(_ session: Session) throws -> [AuditHeads.Outside] {
        let named = try session.anchorPlaces(), listed = try HeadsList.heads(session)
        let places = try !named.contains(.git) && GitRepository.around(session.root) != nil ? named + [.git] : named
        return try read(places, session: session).heads.map {
            AuditHeads.Outside($0.envelope, "in \($0.words)", time: $0.time)
        } + listed.map { AuditHeads.Outside($0, "outside the registry") }
    }

    /// The chains of remotes, as the last `git fetch` brought them.
    private static func fetched(_ repository: GitRepository) throws -> [String] {
        try repository.references(below: "refs/remotes/").filter { $0.hasSuffix("/\(AnchorPlace.tracked)") }
    }

    /// A head is some hundred bytes; what is larger is none.
    private static let mostBytes = 1 << 20

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
