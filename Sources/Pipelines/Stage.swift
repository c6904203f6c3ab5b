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

    /// A path of this stage, absolute.
    package func absolute(_ path: String) -> String { Paths.normalized(Paths.join(directory, path)) }

    /// A stage that reads and makes nothing exists for its effect, and always runs.
    package var isCallback: Bool { dependencies.isEmpty && outputs.isEmpty && parameters.isEmpty }
}

/// A stage that runs once per file: `each: data/raw/*.csv.gz`. Commands and outputs refer to `${each.path}`,
/// `${each.name}` and `${each.stem}`.
package struct PartitionSpec: Sendable, Equatable {
    /// Shell pattern, relative to the stage's directory.
    package var pattern: String
    package var commands: [String]
    package var outputs: [String]
    /// What all partitions read.
    package var shared: [String]

    /// The directory above the first part of a pattern with a wildcard or reference.
    static func base(of pattern: String) -> String {
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
        let fixed = parts.prefix { !$0.contains(where: { "*?[".contains($0) }) && !$0.contains("${") }
        return fixed.count == parts.count ? Paths.parent(pattern) : fixed.joined(separator: "/")
    }
}
