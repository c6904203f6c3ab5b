import Basics
import DataVersioning
import Registry

/// Looks through all raw data on record for some contents, and follows what was made from it.
struct RecallSearch {
    private let subjects: [RecallSubject]
    private let history: RecallHistory
    private var registry: RegistryDatabase { history.registry }
    private var stages: RecallStages
    private var readings: [Place: [Recall.Reading]] = [:]
    private var sharing: [Int: [Recall.Reading]] = [:]
    /// What is looked for, by the hash of a file, by the identity of raw data that is it, and of raw data that has it.
    private var files: [MD5Digest: [Mark]] = [:]
    private var exact: [String: [Mark]] = [:]
    private var held: [String: [Mark]] = [:]
    /// Directories and files at known places that stages made.
    private var made: [(place: Place, content: DerivedContent, path: String)] = []

    /// One content of one subject.
    private struct Place: Hashable {
        var subject: Int
        var content: Int
    }

    /// A content, or what stages made from it.
    private struct Mark: Hashable {
        var place: Place
        var isMade: Bool
    }

    init(_ subjects: [RecallSubject], _ history: RecallHistory) throws {
        (self.subjects, self.history) = (subjects, history)
        stages = try RecallStages(history)
        for (index, subject) in subjects.enumerated() {
            for (number, content) in subject.contents.enumerated() {
                let place = Place(subject: index, content: number), mark = Mark(place: place, isMade: false)
                for id in content.ids { exact[id, default: []].append(mark) }
                for id in content.holders { held[id, default: []].append(mark) }
                if let file = content.file { files[file, default: []].append(mark) }
                for derived in try stages.derived(from: content, path: subject.path) {
                    let mark = Mark(place: place, isMade: true)
                    exact["md5:\(derived.md5)", default: []].append(mark)
                    if let file = derived.file { files[file, default: []].append(mark) }
                    if let path = derived.path?.text { made.append((place, derived, path)) }
                }
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
        let path = node.attributes[.path] ?? node.label, md5 = node.id.dropFirst(4)
        var found: [Place: Recall.Reading] = [:]
        /// What is the content itself says more than what was made from it.
        func note(_ mark: Mark, _ form: Recall.Reading.Form, _ name: String? = nil) {
            var reading = Recall.Reading(data: node, form: form, isMade: mark.isMade)
            if let known = found[mark.place], !known.isMade || mark.isMade { reading = known }
            // Several stages may lead to one file.
            if let name, reading.isMade == mark.isMade, reading.names.last?.isExactly(name) != true {
                reading.names.append(name)
            }
            found[mark.place] = reading
        }
        for mark in exact[node.id] ?? [] { note(mark, .whole) }
        for mark in held[node.id] ?? [] { note(mark, .within) }
        defer { for (place, reading) in found { readings[place, default: []].append(reading) } }
        guard node.id.hasPrefix("md5:") else { return }
        for item in made where found[item.place] == nil {
            if try isPart(String(md5), at: path, ofDirectory: item.content.md5, at: item.path) {
                note(Mark(place: item.place, isMade: true), .part)
            } else if try isPart(item.content.md5, at: item.path, ofDirectory: String(md5), at: path) {
                note(Mark(place: item.place, isMade: true), .within)
            }
        }
        let others = subjects.indices.filter { index in !found.keys.contains { $0.subject == index } }
        let hasFiles = subjects.indices.contains { index in
            others.contains(index) || subjects[index].contents.contains { $0.file != nil }
        }
        guard hasFiles else { return }
        guard md5.hasSuffix(".dir") else {
            guard let digest = MD5Digest(hex: md5) else { return }
            for index in others where subjects[index].files.contains(digest) { share(node, with: index, 1) }
            return
        }
        guard let tree = try history.listing(String(md5), path: path) else { return }
        let directories = others.filter { !subjects[$0].files.isEmpty }
        var counts: [Int: Int] = [:]
        for position in 0..<tree.count {
            let digest = tree.digests[position]
            for mark in files[digest] ?? [] {
                let subject = subjects[mark.place.subject], name = tree.paths[position]
                guard mark.isMade || subject.means(name, subject.contents[mark.place.content]) else { continue }
                note(mark, .within, name)
            }
            for index in directories where subjects[index].files.contains(digest) { counts[index, default: 0] += 1 }
        }
        for index in directories { if let count = counts[index] { share(node, with: index, count) } }
    }

    /// Whether a content is what a directory has at its path.
    private mutating func isPart(_ md5: String, at path: String, ofDirectory outer: String, at place: String) throws
        -> Bool
    {
        guard outer.hasSuffix(".dir"), let part = path.path(below: place) else { return false }
        return try stages.content(of: DataHistory.Stage.Place(path: place, md5: outer), at: part)
            == md5
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
        let live = try registry.deploymentsInForce()
        return try registry.deployments().map { Recall.Deployment(receipt: $0, isInForce: live.contains($0)) }
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
