import Basics
import DataVersioning
import Pipelines

/// Something that stages of pipelines made from a content.
struct DerivedContent: Hashable {
    /// With `.dir` for a directory.
    var md5: String
    /// From the root of the project; nil for a partition, whose place no lock tells.
    var path: ExactText?

    var file: MD5Digest? { MD5Digest(hex: md5) }
}

/// Follows contents through the stages of pipelines: what a stage read leads to what it made, as the locks of the
/// workspace and of all commits say.
struct RecallStages {
    private let history: RecallHistory
    private let stages: [DataHistory.Stage]
    /// Which stages read a content.
    private var readers: [String: Set<Int>] = [:]
    /// Contents of files and directories inside others, by hash and path; what was looked up once.
    private var inside: [String: String?] = [:]

    init(_ history: RecallHistory) throws {
        self.history = history
        stages = try history.data().stages
        for (index, stage) in stages.enumerated() {
            for dependency in stage.dependencies { readers[dependency.md5, default: []].insert(index) }
        }
    }

    /// Everything that was made from a content, step by step.
    ///
    /// - Parameter path: where the content lies; nil where only its digest is known.
    mutating func derived(from content: SoughtContent, path: String?) throws -> [DerivedContent] {
        guard content.digest.hasPrefix("md5:") else { return [] }
        let first = DerivedContent(md5: String(content.digest.dropFirst(4)), path: path.map { ExactText($0) })
        var found: [DerivedContent] = [], seen: Set<DerivedContent> = [first], next = [first], isFirst = true
        while let item = next.popLast() {
            let parts = item.file.map { history.steps.made(from: $0) } ?? []
            var made = parts.map { DerivedContent(md5: $0.hex, path: nil) }
            for (index, stage) in stages.enumerated() {
                let isHeld = isFirst && stage.dependencies.contains { content.holders.contains("md5:\($0.md5)") }
                guard try isHeld || isRead(item, by: stage, index) else { continue }
                made += stage.outputs.map { DerivedContent(md5: $0.md5, path: ExactText($0.path)) }
            }
            isFirst = false
            for item in made where item.file != RecallSubject.empty && seen.insert(item).inserted {
                found.append(item)
                next.append(item)
            }
        }
        return found
    }

    private mutating func isRead(_ item: DerivedContent, by stage: DataHistory.Stage, _ index: Int) throws -> Bool {
        if readers[item.md5]?.contains(index) == true { return true }
        guard let path = item.path?.text else { return false }
        for dependency in stage.dependencies {
            if let part = path.path(below: dependency.path), dependency.md5.hasSuffix(".dir"),
                try content(of: dependency, at: part) == item.md5
            {
                return true
            }
            if let part = dependency.path.path(below: path), item.md5.hasSuffix(".dir"),
                try content(
                    of: DataHistory.Stage.Place(path: path, md5: item.md5), at: part) == dependency.md5
            {
                return true
            }
        }
        return false
    }

    /// What a directory has at a path inside; nil where nothing is there, or its listing is not here.
    mutating func content(of place: DataHistory.Stage.Place, at part: String) throws -> String? {
        let key = "\(place.md5) \(part)"
        if let known = inside[key] { return known }
        let content = try history.listing(place.md5, isLegacy: place.isLegacy, path: place.path)?.content(at: part)?.md5
        inside[key] = .some(content)
        return content
    }
}
