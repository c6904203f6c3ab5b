import Basics
import DataVersioning
import Foundation
import Pipelines

/// What stages read through committed links that lead to where no commit and no pointer has it: whoever has the commit
/// has a link that leads to something else, or nowhere. Nobody can make such a run again, so it counts as changed code.
///
/// A link into the cache, in the place of data or of an output, is how DVC lays it out: the pointer or lock has its
/// content.
struct ReadElsewhere {
    /// The top of the work tree, without links.
    private let top: String
    private let repository: GitRepository
    private let indexed: GitRepository.IndexedFiles
    /// Links that Git tracks, absolute.
    private let links: [String]
    /// Data under version control and outputs, absolute, without links above them.
    private let held: [String]

    /// - Parameter loaded: the pipelines; nil where there is no graph. Where one cannot be read every link that leads
    ///   away counts: nobody can say that no stage reads it.
    /// - Returns: paths from the top of the work tree, as stages read them.
    /// - Throws: ``Failure`` with code `git.failed`.
    static func names(_ loaded: WorkspaceGraph?, _ repository: GitRepository, _ session: Session) throws -> [String] {
        guard let top = repository.root.map({ Paths.resolved($0) }) else { return [] }
        let links = try repository.indexedLinks().map { Paths.join(top, $0) }
        guard !links.isEmpty else { return [] }
        // As the session spells its paths, and as they lie from the top.
        let root = Paths.resolved(session.root)
        func plain(_ path: String) -> String { path.path(below: session.root).map { Paths.join(root, $0) } ?? path }
        let stages = loaded?.graph.stages ?? []
        let outputs = stages.flatMap { stage in stage.outputs.map { stage.absolute($0.path) } }
        let data = (loaded?.graph.pointers ?? []).flatMap(\.outputs)
        let search = ReadElsewhere(
            top: top, repository: repository, indexed: try repository.indexedFiles(), links: links,
            held: (outputs + data).map(plain))
        guard let loaded, loaded.unreadable.isEmpty else {
            return links.filter { search.leadsAway($0) }.map { $0.part(below: top) }
        }
        let inputs = loaded.graph.pipelines.map(\.path) + stages.flatMap(read(by:))
        // A pipeline behind a link may be asked for by that name, and is none that was found here.
        let behind = links.filter { PipelineFiles.isPipeline($0) && search.leadsAway($0) }.map { $0.part(below: top) }
        return behind + Set(inputs.map(plain)).filter { $0.isBelow(top) }.flatMap { search.found(at: $0) }
    }

    private static func read(by stage: Stage) -> [String] {
        let own = stage.dependencies + stage.parameters.map(\.file) + stage.configs + (stage.partitions?.shared ?? [])
        return own.map(stage.absolute)
    }

    /// What a path of a stage holds that lies elsewhere: itself, or links below it, also below where those lead.
    private func found(at input: String) -> [String] {
        guard Paths.exists(input), !held.contains(where: input.isAtOrBelow) else { return [] }
        // A link that no commit has is its machine's own, as data is that no pointer has.
        if leadsAway(input) { return links.contains(where: input.isAtOrBelow) ? [input.part(below: top)] : [] }
        var found: [String] = [], seen: Set<String> = [], waiting = [Paths.resolved(input)]
        while let place = waiting.popLast() {
            guard seen.insert(place).inserted else { continue }
            for link in links where link.isBelow(place) {
                if leadsAway(link) { found.append(link.part(below: top)) } else { waiting.append(Paths.resolved(link)) }
            }
        }
        return found
    }

    /// Whether a path leads, by whatever links lie on it, to where neither the commit nor a pointer has what is read.
    private func leadsAway(_ path: String) -> Bool {
        guard Paths.exists(path), !held.contains(where: path.isAtOrBelow) else { return false }
        let place = Paths.resolved(path)
        // Nothing of it is a link.
        if place.isExactly(path) { return false }
        guard place.isBelow(top), !place.isAtOrBelow("\(top)/.git") else { return !place.isExactly(top) }
        // What is neither tracked nor ignored is listed as changed anyway.
        return !indexed.contains(place) && !held.contains(where: place.isAtOrBelow) && repository.ignores(place)
    }
}
