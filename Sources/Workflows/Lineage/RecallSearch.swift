import Basics
import DataVersioning
import Registry

/// Looks through all raw data on record for some contents, and follows what was made from it.
struct RecallSearch {
    private let subjects: [RecallSubject]
    private let history: RecallHistory
    private var registry: RegistryDatabase { history.registry }
    /// Contents of files by their hash.
    private var files: [MD5Digest: [Place]] = [:]
    private var readings: [Place: [Recall.Reading]] = [:]
    private var sharing: [Int: [Recall.Reading]] = [:]

    /// One content of one subject.
    private struct Place: Hashable {
        var subject: Int
        var content: Int
    }

    init(_ subjects: [RecallSubject], _ history: RecallHistory) {
        (self.subjects, self.history) = (subjects, history)
        for (index, subject) in subjects.enumerated() {
            for (number, content) in subject.contents.enumerated() {
                guard let file = content.file else { continue }
                files[file, default: []].append(Place(subject: index, content: number))
            }
        }
    }

    mutating func run() throws -> Recall {
        for node in history.read { try look(into: node) }
        var recall = Recall()
        let versions = try versions(), deployments = try deployments()
        func uses(_ ids: [String], root: String) throws -> Recall.Uses {
            guard !ids.isEmpty else { return Recall.Uses(graph: LineageGraph(root: root, nodes: [], edges: [])) }
            let graph = try registry.lineage(of: ids, root: root, downstream: true)
            return Recall.Uses(
                graph: graph, versions: RecallSearch.found(graph, versions),
                deployments: RecallSearch.found(graph, deployments))
        }
        var all: [String] = []
        for (index, subject) in subjects.enumerated() {
            var out = Recall.Subject(reference: subject.reference, path: subject.path, contents: [])
            for (number, sought) in subject.contents.enumerated() {
                var content = Recall.Content(sought.digest)
                (content.commit, content.time) = (sought.commit, sought.time)
                (content.isPresent, content.isStanding) = (sought.isPresent, sought.isStanding)
                content.readings = readings[Place(subject: index, content: number)] ?? []
                if sought.digest.hasPrefix("sha256:") {
                    content.readings = try registry.known(nodes: sought.ids.sorted()).map {
                        Recall.Reading(data: $0, form: .whole)
                    }
                    if content.readings.isEmpty { recall.foreign.append(sought.digest) }
                }
                content.uses = try uses(content.readings.map(\.data.id), root: sought.digest)
                all += content.readings.map(\.data.id)
                out.contents.append(content)
            }
            if let shared = sharing[index] {
                var content = Recall.Content("")
                content.readings = shared
                content.uses = try uses(shared.map(\.data.id), root: "")
                all += shared.map(\.data.id)
                out.sharing = content
            }
            recall.subjects.append(out)
        }
        let onRecord = Set(history.read.map(\.id))
        recall.unseen = try history.unseen.map { unseen in
            var unseen = unseen
            let id = "md5:\(unseen.md5)"
            if onRecord.contains(id) { unseen.uses = try uses([id], root: id) }
            return unseen
        }
        if subjects.contains(where: { $0.path != nil }) {
            recall.unreadable = try history.data().unreadable.map(\.problem)
            recall.isShallow = try history.data().isShallow
        }
        let root = recall.subjects.first?.contents.first?.digest ?? ""
        recall.graph = try uses(all, root: root).graph
        return recall
    }

    // MARK: Raw data

    /// Notes what raw data on record holds of the subjects.
    private mutating func look(into node: LineageNode) throws {
        var isExact: Set<Int> = []
        for (index, subject) in subjects.enumerated() {
            for (number, content) in subject.contents.enumerated() {
                let place = Place(subject: index, content: number)
                if content.ids.contains(node.id) {
                    isExact.insert(index)
                    readings[place, default: []].append(Recall.Reading(data: node, form: .whole))
                } else if content.holders.contains(node.id) {
                    isExact.insert(index)
                    readings[place, default: []].append(Recall.Reading(data: node, form: .within))
                }
            }
        }
        let others = subjects.indices.filter { !isExact.contains($0) }
        guard node.id.hasPrefix("md5:"), !others.isEmpty else { return }
        let md5 = String(node.id.dropFirst(4)), path = node.attributes[.path] ?? node.label
        guard md5.hasSuffix(".dir") else {
            guard let digest = MD5Digest(hex: md5) else { return }
            for index in others where subjects[index].files.contains(digest) { share(node, with: index, 1) }
            return
        }
        guard let tree = try history.listing(md5, path: path) else { return }
        var counts: [Int: Int] = [:], names: [Place: [String]] = [:]
        let directories = others.filter { !subjects[$0].files.isEmpty }
        for position in 0..<tree.count {
            let digest = tree.digests[position]
            for place in files[digest] ?? [] {
                let subject = subjects[place.subject], name = tree.paths[position]
                if subject.means(name, subject.contents[place.content]) { names[place, default: []].append(name) }
            }
            for index in directories where subjects[index].files.contains(digest) { counts[index, default: 0] += 1 }
        }
        for (place, names) in names {
            readings[place, default: []].append(Recall.Reading(data: node, form: .within, names: names))
        }
        for index in directories { if let count = counts[index] { share(node, with: index, count) } }
    }

    private mutating func share(_ node: LineageNode, with subject: Int, _ files: Int) {
        sharing[subject, default: []].append(Recall.Reading(data: node, form: .part, files: files))
    }

    // MARK: What came of it

    private func versions() throws -> [Recall.Version] {
        let active = Set(try registry.versions().map(\.reference))
        return try registry.versions(stage: .all).map {
            Recall.Version(reference: $0.reference, aliases: $0.aliases, isDeleted: !active.contains($0.reference))
        }
    }

    /// Newest first.
    private func deployments() throws -> [Recall.Deployment] {
        var settled: Set<String> = []
        return try registry.deployments().map { receipt in
            Recall.Deployment(
                receipt: receipt, isInForce: receipt.isInstalled && settled.insert(receipt.environment).inserted)
        }
    }

    private static func found(_ graph: LineageGraph, _ versions: [Recall.Version]) -> [Recall.Version] {
        let names = Set(graph.nodes.filter { $0.kind == .version }.map { $0.attributes[.version] ?? $0.label })
        return versions.filter { names.contains($0.reference) }
    }

    /// By their bundle, or by the version that it is of: a runtime may have been given a bundle by hand.
    private static func found(_ graph: LineageGraph, _ deployments: [Recall.Deployment]) -> [Recall.Deployment] {
        let bundles = Set(graph.nodes.filter { $0.kind == .bundle }.map { $0.id })
        let names = Set(graph.nodes.filter { $0.kind == .version }.map { $0.attributes[.version] ?? $0.label })
        return deployments.filter { deployment in
            let receipt = deployment.receipt
            if bundles.contains("bundle:\(receipt.bundle)") { return true }
            guard let model = receipt.model, let version = receipt.version else { return false }
            return names.contains("\(model)/\(version)")
        }
    }
}
