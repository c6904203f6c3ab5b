import Basics
import Documents

extension CommandContext {
    /// Writes the JSON of a document where the user asked for a copy.
    func save(_ document: some Document, to typed: String) throws {
        try AtomicFile.write(document.json.text(.pretty) + "\n", to: path(typed))
    }
}
