import Basics
import DataVersioning
import Pipelines
import Registry

/// Where data stood: in Git's history, on record as raw data, and in the workspace.
final class RecallHistory {
    let session: Session
    let registry: RegistryDatabase
    /// Raw data on record, oldest first.
    let read: [LineageNode]
    private let reader: ListingReader
    private var known: DataHistory?
    /// What partitions of stages made, once ``data()`` was asked for.
    private(set) var steps = PartitionSteps()
    /// Listings that are not here, in the order in which they were missed.
    private(set) var unseen: [Recall.Unseen] = []
    private var missed: Set<String> = []

    init(session: Session) throws {
        self.session = session
        registry = try session.registry()
        read = try registry.nodes(.rawData)
        reader = ListingReader(store: session.workspace.store)
    }

    /// Read when it is first asked for.
    func data() throws -> DataHistory {
        if let known { return known }
        let data = try DataHistory(of: session.workspace, also: { $0 == PartitionSteps.fileName }) { steps.add($1) }
        known = data
        return data
    }

    /// The files of a directory; nil, and noted, where its listing is not here.
    func listing(_ md5: String, isLegacy: Bool = false, path: String) throws -> DirectoryTree? {
        guard !missed.contains(md5) else { return nil }
        var problem: String?
        do {
            if let tree = try reader.tree(md5, isLegacy: isLegacy, for: path) { return tree }
        } catch let error as ObjectStore.StoreError { problem = error.message }
        if let tree = session.workspace.hashedTree(Paths.join(session.root, path), md5: md5) { return tree }
        missed.insert(md5)
        let version = try data().versions.first { $0.data.entry.md5 == md5 }
        unseen.append(
            Recall.Unseen(
                md5: md5, path: version?.data.path ?? path, commit: version?.commit, problem: problem,
                uses: Recall.Uses(graph: LineageGraph(root: "md5:\(md5)", nodes: [], edges: []))))
        return nil
    }

    /// Every content that a file or directory ever had.
    ///
    /// - Throws: ``Failure`` with code `lineage.unknown` for a path that nothing knows.
    func subject(_ reference: String, path: String) throws -> RecallSubject {
        let missing = unseen.count
        var subject = try everything(reference, path)
        if subject.contents.isEmpty, unseen.count == missing { throw try unknown(reference, path) }
        subject.sort()
        return subject
    }

    /// Whether anything ever stood at a path, whose name may have an `@` itself.
    func hasContent(_ reference: String, _ path: String) throws -> Bool {
        try !everything(reference, path).contents.isEmpty
    }

    private func everything(_ reference: String, _ path: String) throws -> RecallSubject {
        var subject = RecallSubject(reference, path: path)
        for version in try data().versions {
            let entry = version.data.entry
            try take(entry.md5, isLegacy: entry.isLegacy, at: version.data.path, into: &subject) {
                if $0.commit == nil { ($0.commit, $0.time) = (version.commit, version.time ?? $0.time) }
                $0.isPresent = $0.isPresent || version.isPresent
            }
        }
        for node in read {
            guard let place = node.attributes[.path], node.id.hasPrefix("md5:"), path.isAtOrBelow(place) else {
                continue
            }
            let time = Int(try registry.nodeTime(node.id) / 1_000_000_000)
            try take(String(node.id.dropFirst(4)), at: place, into: &subject) { $0.time = $0.time ?? time }
        }
        try standing(path, into: &subject)
        return subject
    }

    /// What one version of some data says of the subject: all of it, or a part inside.
    private func take(
        _ md5: String, isLegacy: Bool = false, at place: String, into subject: inout RecallSubject,
        _ describe: (inout SoughtContent) -> Void
    ) throws {
        guard let path = subject.path else { return }
        if path.isExactly(place) {
            let isNew = !subject.contents.contains { $0.digest == "md5:\(md5)" }
            let tree =
                isNew && md5.hasSuffix(".dir") ? try listing(md5, isLegacy: isLegacy, path: place) : nil
            subject.add(SoughtContent(md5: md5), tree: tree, describe: describe)
        } else if md5.hasSuffix(".dir"), let part = path.path(below: place),
            let found = try listing(md5, isLegacy: isLegacy, path: place)?.content(at: part)
        {
            subject.add(SoughtContent(md5: found.md5), tree: found.tree) {
                $0.holders.insert("md5:\(md5)")
                describe(&$0)
            }
        }
    }

    /// What the workspace holds at the path now.
    private func standing(_ path: String, into subject: inout RecallSubject) throws {
        let absolute = Paths.join(session.root, path)
        guard Paths.exists(absolute),
            let entry = try session.workspace.entry(absolute, shownAs: path)
        else { return }
        try session.workspace.hashes.save()
        let tree = session.workspace.hashedTree(absolute, md5: entry.md5)
        subject.add(SoughtContent(md5: entry.md5), tree: tree) { $0.isStanding = true }
        // A file that the project made itself is on record by another digest.
        guard !entry.isDirectory, !subject.contents.contains(where: { $0.commit != nil || !$0.holders.isEmpty }) else {
            return
        }
        let made = SoughtContent(sha256: try Digest.sha256(file: absolute))
        if try !registry.known(nodes: made.ids.sorted()).isEmpty {
            subject.keep("")
            subject.add(made, tree: nil) { $0.isStanding = true }
        }
    }

    /// The content at a Git revision.
    func subject(_ reference: String, path: String, revision: String) throws -> RecallSubject {
        let workspace = session.workspace
        guard let item = try workspace.trackedData(at: revision, path: path) else {
            throw Failure(
                "lineage.unknown", "found no '\(path)' under version control at '\(revision)'",
                hint: "see what there was with: hftml diff \(revision)", exitStatus: .usage)
        }
        let tree =
            item.entry.isDirectory ? try listing(item.entry.md5, isLegacy: item.entry.isLegacy, path: item.path) : nil
        var found: (md5: String, tree: DirectoryTree?)? = (item.entry.md5, tree)
        if let part = item.part {
            guard let tree else { return RecallSubject(reference, path: path) }
            found = tree.content(at: part)
            if found == nil {
                throw Failure(
                    "lineage.unknown", "found no '\(part)' in '\(item.path)' at '\(revision)'",
                    hint: tree.nearest(to: part).map { "did you mean '\(item.path)/\($0)@\(revision)'?" }
                        ?? "see what there was with: hftml diff \(revision)", exitStatus: .usage)
            }
        }
        var all = RecallSubject(reference, path: path)
        guard let found else { return all }
        // A commit that no reference leads to is in no history.
        let known = try everything(reference, path).contents.first { $0.digest == "md5:\(found.md5)" }
        all.add(known ?? SoughtContent(md5: found.md5), tree: found.tree) {
            if $0.commit == nil { $0.commit = try? workspace.git().commit(revision) }
            if item.part != nil { $0.holders.insert("md5:\(item.entry.md5)") }
        }
        return all
    }

    /// Data that has exactly these bytes.
    func subject(_ reference: String, _ content: SoughtContent) throws -> RecallSubject {
        var subject = RecallSubject(reference)
        let md5 = String(content.digest.dropFirst(4))
        let version = try data().versions.first { $0.data.entry.md5 == md5 }
        let place = version?.data.path ?? read.first { $0.id == content.digest }?.attributes[.path]
        let tree = md5.hasSuffix(".dir") ? try listing(md5, path: place ?? reference) : nil
        subject.add(content, tree: tree) {
            ($0.commit, $0.time) = (version?.commit, version?.time)
            $0.isPresent = version?.isPresent ?? false
        }
        return subject
    }

    /// The error for a path that nothing knows, with the nearest that something does.
    private func unknown(_ reference: String, _ path: String) throws -> Failure {
        let data = try data(), places = data.versions.map(\.data.path) + read.compactMap { $0.attributes[.path] }
        var nearest: String?
        // Beside what a directory above it holds, the newest first.
        for version in data.versions.reversed() {
            guard let part = path.path(below: version.data.path), version.data.entry.isDirectory,
                let tree = try listing(
                    version.data.entry.md5, isLegacy: version.data.entry.isLegacy, path: version.data.path)
            else { continue }
            nearest = tree.nearest(to: part).map { "\(version.data.path)/\($0)" }
            break
        }
        return Failure(
            "lineage.unknown", "found no version, run, data or digest '\(reference)'",
            hint: (nearest ?? NearestName.of(path, in: Set(places).sorted())).map { "did you mean '\($0)'?" }
                ?? "see what there is with: hftml models list, hftml runs list, hftml status", exitStatus: .usage)
    }
}
