import Basics
package import Deployment
import Foundation
import ModelBundles

/// What a host remembers in files of its own. Others may have put anything in their places: what is no regular file, or
/// does not read, has a name and a next step, and nothing waits for it.
extension HostView {
    /// The largest memory that is read, in bytes: a hundred thousand revisions.
    static let mostMemoryBytes = 1 << 26

    /// What was in force here.
    ///
    /// - Throws: ``Failure`` with code `runtime.state` where the host's memory is gone or damaged, ``FileError``.
    package func history() throws -> RevisionHistory {
        var history = try revisions()
        history.halts = try halts().halts
        history.runs = runs().runs
        history.disowned = DisownedTime.later(history.disowned, rememberedClock()?.disowned)
        return history
    }

    /// The same without halts and runs, which lie in files of their own.
    func revisions() throws -> RevisionHistory {
        guard let bytes = try bytes(directory.stateFile, most: HostView.mostMemoryBytes) else {
            guard try !Paths.exists(directory.history) || Paths.entries(directory.history).isEmpty else {
                throw damaged("found bundles that were in force, and no installed/state.json")
            }
            return RevisionHistory()
        }
        return try read(bytes, directory.stateFile, "history", RevisionHistory.init)
    }

    /// When trading was halted here. Where nobody can read it any more all time until now counts as halted: a canary
    /// loses its hours, and no rollback is stopped.
    ///
    /// - Throws: ``FileError`` where it may not be read.
    func halts() throws -> HaltMemory { try rememberedHalts().memory }

    /// The same, and what is wrong with the file.
    func rememberedHalts() throws -> (memory: HaltMemory, damage: String?) {
        do {
            let bytes = try bytes(directory.haltMemory, most: HostView.mostMemoryBytes)
            return (try bytes.map { try read($0, directory.haltMemory, "halts", HaltMemory.init) } ?? HaltMemory(), nil)
        } catch let error as Failure {
            var memory = HaltMemory()
            memory.halt(at: 0)
            return (memory, error.message)
        }
    }

    /// When the loop traded here. The file is renewed while bars run and not forced to the disk, so a power cut may
    /// leave half of it: that is nothing to stop for, a canary's hours begin anew.
    func runs() -> RunMemory {
        guard let file = try? HostFile.read(directory.runMemory, most: HostView.mostMemoryBytes),
            let node = try? JSONParser.parse(file.bytes, file: directory.runMemory), let memory = try? RunMemory(node)
        else { return RunMemory() }
        return memory
    }

    private func read<Memory>(
        _ bytes: [UInt8], _ path: String, _ what: String, _ parse: (JSONValue) throws -> Memory
    ) throws -> Memory {
        do { return try parse(try JSONParser.parse(bytes, file: path)) } catch let error as any UserFacingError {
            throw damaged("found no \(what) in installed/\(Paths.name(path)): \(error.message)")
        }
    }

    // MARK: Files

    /// A regular file below `installed/`; nil where there is none.
    ///
    /// - Throws: ``Failure`` with code `runtime.state` for what is no file, ``FileError`` where it may not be read.
    func bytes(_ path: String, most: Int) throws -> [UInt8]? {
        switch Result(catching: { () throws(HostFile.Problem) in try HostFile.read(path, most: most) }) {
        case .success(let file): return file.bytes
        case .failure(.missing): return nil
        case .failure(.unreadable(let words)):
            guard access(path, R_OK) == 0 || errno != EACCES else { throw FileError("open", path, number: EACCES) }
            throw damaged("found no file to read in installed/\(Paths.name(path)): \(words)")
        }
    }

    /// What lies where the host would write, and stops nothing: directories, and locks that another account made.
    func blocked() -> [String] {
        let single = [directory.clockMemory, directory.runMemory, directory.acceptedAuthority]
        let several = [(directory.documents, ".json"), (directory.history, ".hftbundle")].flatMap { place, suffix in
            ((try? Paths.entries(place, isLenient: true)) ?? []).filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
                .map { Paths.join(place, $0) }
        }
        let directories = (single + several).filter(Paths.isRealDirectory).map { path in
            "found a directory in the place of installed\(path.dropFirst(directory.installed.count)), so nothing is "
                + "remembered there; move it away: mv '\(path)' '\(path).aside'"
        }
        return directories + [EnvironmentLock.problem(directory), HaltLock.problem(directory)].compactMap(\.self)
    }

    /// What is left to whoever has no backup. Its key speaks for what was; a new one begins anew.
    var wayOn: String {
        "without a backup make a new host, in another directory and with another key's name: hftml-runtime init "
            + "NEW-DIRECTORY --root \(directory.rootFile) --name NEW > Registry/keys/NEW.pub.json; name it in "
            + "environment.yaml with the role host, sign, and promote to it"
    }

    /// - Parameter next: what mends it, where putting the memory together again does not.
    func damaged(_ problem: String, next: String? = nil) -> Failure {
        Failure(
            "runtime.state", "\(problem) in '\(directory.name)'",
            hint: next
                ?? "put it together again from what this host has signed and kept: hftml-runtime recover "
                + "\(directory.directory); or bring installed/ back from a backup: without it nothing keeps older "
                + "bundles out")
    }
}

extension HostFile {
    /// The text of a file for people; empty where there is none to read.
    static func words(_ path: String) -> String {
        guard let file = try? read(path, most: 1 << 20) else { return "" }
        return String(decoding: file.bytes, as: UTF8.self)
    }
}
