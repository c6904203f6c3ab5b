package import Basics
import ConfigurationFiles
import Foundation

/// Values of the parameters that stages read, from their files. A file is read again when it changed: what counts is
/// what a stage finds when it starts.
package final class ParameterValues {
    /// What tells whether a file changed since it was read.
    private struct Stamp: Equatable {
        var inode: UInt64
        var size: Int64
        var times: [Int64]

        init?(_ path: String) {
            var info = stat()
            guard stat(path, &info) == 0 else { return nil }
            inode = UInt64(info.st_ino)
            size = Int64(info.st_size)
            times = [info.st_mtim, info.st_ctim].flatMap { [Int64($0.tv_sec), Int64($0.tv_nsec)] }
        }
    }

    private var files: ExactMap<(stamp: Stamp, value: JSONValue)> = [:]
    /// Values that stand for those of a file: the ones that `--set` changed.
    private let overridden: [String: JSONValue]

    package init(overridden: [String: JSONValue] = [:]) { self.overridden = overridden }

    /// - Parameter path: absolute.
    package func file(_ path: String) throws -> JSONValue {
        if let value = overridden[path] { return value }
        guard let stamp = Stamp(path) else {
            files[path] = nil
            return .map([(String, JSONValue)]())
        }
        if let known = files[path], known.stamp == stamp { return known.value }
        let value = try ParameterFile.read(path)
        files[path] = (stamp, value)
        return value
    }

    /// What a stage reads, as its lock holds it: `params.yaml` first, other files sorted; keys sorted. Keys without a
    /// value are left out.
    package func of(_ stage: Stage) throws -> [JSONValue.Entry] {
        if let pinned = stage.pinned { return pinned }
        let first = stage.absolute("params.yaml")
        var merged: [(file: String, keys: Set<String>, isWhole: Bool)] = []
        for parameters in stage.parameters {
            if let index = merged.firstIndex(where: { stage.absolute($0.file) == stage.absolute(parameters.file) }) {
                merged[index].keys.formUnion(parameters.keys)
                if parameters.keys.isEmpty { merged[index].isWhole = true }
            } else {
                merged.append((parameters.file, Set(parameters.keys), parameters.keys.isEmpty))
            }
        }
        merged.sort { a, b in
            let isFirst = (stage.absolute(a.file) == first, stage.absolute(b.file) == first)
            return isFirst.0 != isFirst.1 ? isFirst.0 : a.file.precedesExactly(b.file)
        }
        return try merged.compactMap { item in
            let values = try file(stage.absolute(item.file))
            var keys = item.keys
            if item.isWhole { keys.formUnion((values.mapValue ?? []).map(\.key)) }
            let pairs = keys.sorted { $0.precedesExactly($1) }.compactMap { key in
                (values[key: key] ?? values[path: key]).map { (key, $0) }
            }
            return pairs.isEmpty && !item.isWhole ? nil : JSONValue.Entry(key: item.file, value: .map(pairs))
        }
    }

    /// The first file of which a stage reads all parameters and that is not there; nil where all are.
    package func missingFile(_ stage: Stage) -> String? {
        stage.parameters.first { parameters in
            let path = stage.absolute(parameters.file)
            return parameters.keys.isEmpty && overridden[path] == nil && !Paths.exists(path)
        }?.file
    }

    /// Keys that a stage names and no file has.
    package func missing(_ stage: Stage) throws -> [(file: String, key: String)] {
        try stage.parameters.flatMap { parameters in
            let values = try file(stage.absolute(parameters.file))
            return parameters.keys.filter { values[key: $0] == nil && values[path: $0] == nil }.map {
                (parameters.file, $0)
            }
        }
    }
}
