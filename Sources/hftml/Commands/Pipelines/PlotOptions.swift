import Basics
import Documents
import Workflows

extension CommandContext {
    /// The plots of these revisions, and a page of them where one was asked for.
    func plots(at revisions: [String?], html: String?) throws -> PlotsDocument {
        let (plots, problems) = try CompareValues.plots(at: revisions, in: try session().workspace)
        for item in problems { say("  ! left out \(item.file): \(item.text)") }
        let document = PlotsDocument(plots, problems: problems)
        if let html, !plots.isEmpty || !problems.isEmpty {
            try AtomicFile.write(document.page.html, to: path(html))
            say("wrote \(html)")
        }
        return document
    }
}
