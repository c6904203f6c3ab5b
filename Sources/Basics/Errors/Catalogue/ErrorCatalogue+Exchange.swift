extension ErrorCatalogue {
    /// Archives of versions and histories of other tools.
    static let exchange: [Entry] = [
        Entry(
            "import.altered", 409, "The archive's content is not what was signed.",
            cause: "It was changed after the export, or damaged on the way.",
            next: "Fetch it again from whoever exported it; do not use this one."),
        Entry(
            "import.check", 409, "Weights that were read give other answers than the tool that they come from.",
            cause: "Shapes fit and the meaning does not: another order of flattening, padding, activation or epsilon.",
            next: "Follow the hint; compare layer by layer with: hftml model summary MODEL"),
        Entry(
            "import.check-shape", 422, "A check file has windows or answers of another shape than the network.",
            cause: "It was made for another model, or its windows have their axes in another order.",
            next: "Save x as [windows, time, features] and y as [windows, outputs]."),
        Entry(
            "import.files", 409, "The archive holds other files than its signed list names.",
            cause: "Something was added, removed or renamed.",
            next: "Fetch it again from whoever exported it; do not use this one."),
        Entry(
            "import.foreign-row", 409, "The archive holds a record that is about another version.",
            cause: "A signature vouches for one version, so nothing else may come with it.",
            next: "Do not use the archive; ask whoever made it."),
        Entry(
            "import.format", 422, "The archive's records are malformed.",
            cause: "It was not made by `hftml models export`, or it is damaged.",
            next: "Export it again: hftml models export NAME/VERSION FILE --key KEY"),
        Entry(
            "import.newer", 409, "The archive holds columns that this hftml does not know.",
            cause: "A newer hftml exported it.",
            next: "Update hftml."),
        Entry(
            "import.not-finite", 422, "The weights hold values that are infinite or no numbers.",
            cause: "Training diverged before they were saved, or they were converted wrongly.",
            next: "Look at how they were saved, and import again."),
        Entry(
            "import.other-run", 409, "A run of this identity is here with another recipe, seed or data.",
            cause: "One of the two was changed.",
            next: "Compare both registries: hftml runs show RUN"),
        Entry(
            "import.taken", 409, "The version exists here with other weights.",
            cause: "Two registries gave the same name and number to different models.",
            next: "Register one of them under another name: hftml models register NAME RUN"),
        Entry(
            "import.write-only", 400, "ONNX files are written, not read.",
            cause: "Their graph need not be one that hftml has layers for.",
            next: "Import safetensors, torch or keras-h5: hftml import-weights FILE --format torch --for NAME -o FILE"),
        Entry(
            "mlflow.format", 422, "The file is a database, but not of MLflow.",
            cause: "Another SQLite file was named.",
            next: "Name the file of `mlflow server --backend-store-uri`: hftml registry import-mlflow FILE"),
        Entry(
            "mlflow.missing", 404, "There is no MLflow database at that path.",
            cause: "A typing mistake, or another working directory.",
            next: "Check the path: hftml registry import-mlflow FILE"),
        Entry(
            "mlflow.open", 500, "The MLflow database cannot be read; SQLite's words are in the message.",
            cause: "It is damaged, locked, or not readable by you.",
            next: "Stop the server that writes to it, and try again."),
        Entry(
            "mlflow.place", 409, "Files of an MLflow run are not where they could be read safely.",
            cause: "They lie on another machine, or their path leads out of the directory of artefacts.",
            next: "Copy them beside the database, and import again."),
        Entry(
            "mlflow.server", 400, "An address of a server was given instead of its database.",
            cause: "The history is read from the SQLite file, not over the network.",
            next: "Stop the server, and name its file: hftml registry import-mlflow mlflow.db"),
    ]
}
