import Basics

/// A stage in the form that DVC also has: commands, what they read, what they make. Paths are relative to the pipeline's directory.
package struct Stage: Sendable, Equatable {
    package struct Output: Sendable, Equatable {
        package var path: String
        /// Whether the content goes into the cache.
        package var isCached = true

        package init(path: String, isCached: Bool = true) {
            self.path = path
            self.isCached = isCached
        }
    }

    package var name: String
    package var commands: [String]
    package var dependencies: [String]
    package var outputs: [Output]
    package var isFrozen: Bool
    package var alwaysRuns: Bool
    package var mark: SourceMark?

    package init(
        name: String, commands: [String], dependencies: [String], outputs: [Output], isFrozen: Bool = false, alwaysRuns: Bool = false,
        mark: SourceMark? = nil
    ) {
        self.name = name
        self.commands = commands
        self.dependencies = dependencies
        self.outputs = outputs
        self.isFrozen = isFrozen
        self.alwaysRuns = alwaysRuns
        self.mark = mark
    }
}
