#pragma once

// Loads libxml2 where that has not been done yet; why that fails, or NULL. To be asked before XML is read: without the
// library the first call would end the process.
const char *hftml_xml_problem(void);
