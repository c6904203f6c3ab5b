package import Basics
package import Registry

/// What read some data: for every content that the data ever had, what was made from it, and where that is in force.
package struct Recall: Sendable {
    /// Raw data on record that holds a content.
    package struct Reading: Sendable, Equatable {
        package enum Form: String, Sendable {
            /// It is the content.
            case whole
            /// The content is a file or directory in it.
            case within
            /// It has some files of the content, or of other versions of it.
            case part
        }

        package var data: LineageNode
        package var form: Form
        /// Whether stages of pipelines made it, or what it holds, from the content.
        package var isMade = false
        /// Under which names the content stands in it.
        package var names: [String] = []
        /// Files that both have, of a part.
        package var files: Int?
    }

    package struct Version: Sendable, Equatable {
        /// `NAME/NUMBER`
        package var reference: String
        package var aliases: [String]
        /// Whether it was deleted; a deleted version may still be in force.
        package var isDeleted: Bool
    }

    /// What a runtime said of a bundle.
    package struct Deployment: Sendable, Equatable {
        package var receipt: DeploymentRecord
        /// Whether it is the last bundle that its environment installed.
        package var isInForce: Bool
    }

    /// What was made from some data.
    package struct Uses: Sendable {
        package var graph: LineageGraph
        package var versions: [Version] = []
        /// Newest first.
        package var deployments: [Deployment] = []

        /// Nodes of a kind, by the time of their record.
        package func nodes(_ kind: LineageNode.Kind) -> [LineageNode] { graph.nodes.filter { $0.kind == kind } }
    }

    package struct Content: Sendable {
        /// `md5:` and 32 digits, with `.dir` for a directory; `sha256:` and 64 digits where that was asked for.
        package var digest: String
        /// The first commit that had it; nil where none had.
        package var commit: String?
        /// Seconds since 1970: of that commit, else when it was first read.
        package var time: Int?
        /// Whether the workspace's pointers name it now.
        package var isPresent = false
        /// Whether the workspace holds it now.
        package var isStanding = false
        package var readings: [Reading] = []
        package var uses: Uses

        package init(_ digest: String) {
            self.digest = digest
            uses = Uses(graph: LineageGraph(root: digest, nodes: [], edges: []))
        }
    }

    /// One of the things that were asked for.
    package struct Subject: Sendable {
        /// As it was asked for.
        package var reference: String
        /// From the root of the project; nil for a digest.
        package var path: String?
        /// Newest first.
        package var contents: [Content]
        /// Other data on record that has some files of a directory, and what was made from that.
        package var sharing: Content?

        /// Whether anything on record read any of it.
        package var isRead: Bool { sharing != nil || contents.contains { !$0.readings.isEmpty } }
    }

    /// A version of data whose files are not known here.
    package struct Unseen: Sendable {
        /// With `.dir`.
        package var md5: String
        /// Where the data lies or lay.
        package var path: String
        /// The first commit that names it; nil for data outside version control.
        package var commit: String?
        /// What is wrong with the listing; nil where there is none.
        package var problem: String?
        /// What was made from it; nothing where nobody is known to have read it.
        package var uses: Uses
    }

    package var subjects: [Subject] = []
    package var unseen: [Unseen] = []
    /// Pointers and locks that cannot be read, of the workspace or of history.
    package var unreadable: [PathProblem] = []
    /// Whether older commits are missing here.
    package var isShallow = false
    /// Digests by which no raw data is on record, because raw data is named by MD5.
    package var foreign: [String] = []
    /// Everything that was found, in one graph.
    package var graph = LineageGraph(root: "", nodes: [], edges: [])

    /// Whether everything that may have read the data could be looked at.
    package var isComplete: Bool { unseen.isEmpty && unreadable.isEmpty && !isShallow && foreign.isEmpty }
}
