package import Basics

/// A report in the formats that CI and people read; each is a file beside this one.
extension CheckReport {
    package enum Format: String, CaseIterable, Sendable {
        case json, junit, markdown, html
        /// What GitLab shows beside a merge request: one entry for every rule that does not hold.
        case gitlabCodeQuality = "gitlab-codequality"
    }

    /// The whole document, with a newline at its end.
    ///
    /// - Parameter place: the file of the project that says what was asked, for formats that lead there.
    package func text(_ format: Format, at place: String? = nil) -> String {
        switch format {
        case .json: json.text(.pretty) + "\n"
        case .junit: junit
        case .markdown: markdown
        case .html: page.html
        case .gitlabCodeQuality: codeQuality(at: place ?? subject)
        }
    }
}
