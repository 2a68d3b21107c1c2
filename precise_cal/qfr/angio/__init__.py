"""From a study to its result: views outlined, the vessel in space, flow, reasons and notices."""
