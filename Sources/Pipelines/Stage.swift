package import Basics

/// A stage in the form that DVC also has: commands, what they read, what they make. Paths are relative to the stage's
/// directory.
package struct Stage: Sendable, Equatable {
    package struct Output: Sendable, Equatable {
        package enum Kind: String, Sendable { case plain = "outs", metric = "metrics", plot = "plots" }

        package var path: String
        /// Whether the content goes into the cache.
        package var isCached = true
        /// Whether the output stays while the command runs, which then adds to it.
        package var persists = false
        package var kind = Kind.plain
        package var isPushed = true
        package var remote: String?
        /// What a plot says about its axes.
        package var plot: JSONValue?

        package init(path: String, isCached: Bool = true) {
            self.path = path
            self.isCached = isCached
        }
    }

    /// Keys of a parameter file that a stage reads; no keys means all of it.
    package struct Parameters: Sendable, Equatable {
        package var file: String
        package var keys: [String]

        package init(file: String, keys: [String]) {
            self.file = file
            self.keys = keys
        }
    }

    package var name: String
    package var commands: [String]
    /// Whether the commands are written as a list, even if there is one.
    package var isList = false
    /// Where the commands run, absolute.
    package var directory: String
    package var dependencies: [String]
    package var parameters: [Parameters] = []
    package var outputs: [Output]
    package var isFrozen = false
    package var alwaysRuns = false
    package var description: String?
    /// One run per file that matches, instead of one.
    package var partitions: PartitionSpec?
    /// What a run takes of shared resources, such as `memory` in bytes.
    package var uses: [String: Int] = [:]
    package var mark: SourceMark?
    /// The pipeline file that states it, absolute; names are unique in it.
    package var file = ""
    /// That file as people of the workspace say it, where the name alone does not tell; else empty.
    package var shownFile = ""
    /// Whether exit status 2 of its command is a verdict of no, as that of a typed check or gate is.
    package var saysVerdict = false
    /// Configurations that a typed stage reads: the tool fills in nothing of what they say.
    package var configs: [String] = []
    /// Parameters that its commands have by `${…}`, as dotted paths.
    package var interpolated: [String] = []
    /// Parameters as its commands have them, where it has no other way to them than `${…}`; nil where it reads files.
    package var pinned: [JSONValue.Entry]?
    /// What it reads or makes that is no path of this machine, such as `s3://bucket/key`, with its place.
    package var foreign: [ForeignPath] = []

    /// An address in place of a path.
    package struct ForeignPath: Sendable, Equatable {
        package let path: String
        package let isOutput: Bool
        package let mark: SourceMark?

        /// Whether a text names something behind a protocol: `https://…`, `s3://…`, `remote://name/…`, `ds://…`.
        static func isAddress(_ path: String) -> Bool {
            guard let colon = path.firstIndex(of: ":"), path[colon...].hasPrefix("://") else { return false }
            return colon != path.startIndex
                && path[..<colon].utf8.allSatisfy {
                    (97...122).contains($0 | 32) || (48...57).contains($0) || "+-.".utf8.contains($0)
                }
        }
    }

    package init(
        name: String, commands: [String], directory: String, dependencies: [String] = [], outputs: [Output] = [],
        mark: SourceMark? = nil
    ) {
        self.name = name
        self.commands = commands
        self.directory = directory
        self.dependencies = dependencies
        self.outputs = outputs
        self.mark = mark
    }

    /// Its name for people: with its file before it where that is another one than they asked for.
    package var label: String { shownFile.isEmpty ? name : "\(shownFile):\(name)" }

    package static func == (a: Stage, b: Stage) -> Bool {
        a.name == b.name && a.file == b.file && a.commands == b.commands && a.isList == b.isList
            && a.directory == b.directory && a.dependencies == b.dependencies && a.parameters == b.parameters
            && a.outputs == b.outputs && a.isFrozen == b.isFrozen && a.alwaysRuns == b.alwaysRuns
            && a.partitions == b.partitions && a.uses == b.uses && a.foreign == b.foreign
    }

    /// A path of this stage, absolute.
    package func absolute(_ path: String) -> String { Paths.normalized(Paths.join(directory, path)) }

    /// A stage that reads and makes nothing exists for its effect, and always runs.
    package var isCallback: Bool {
        dependencies.isEmpty && outputs.isEmpty && parameters.isEmpty && foreign.isEmpty
    }
}

/// A stage that runs once per file: `each: data/raw/*.csv.gz`. Commands and outputs refer to `${each.path}`,
/// `${each.name}` and `${each.stem}`.
package struct PartitionSpec: Sendable, Equatable {
    /// Shell pattern or ``PartitionPattern``, relative to the stage's directory.
    package var pattern: String
    package var commands: [String]
    package var outputs: [String]
    /// What all partitions read.
    package var shared: [String]

    /// The directory above the first part of a pattern with a wildcard or reference.
    static func base(of pattern: String) -> String {
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
        let fixed = parts.prefix { !$0.contains(where: { "*?[{".contains($0) }) && !$0.contains("${") }
        return fixed.count == parts.count ? Paths.parent(pattern) : fixed.joined(separator: "/")
    }
}
