# Writes OUTPUT, a C header with one string explain_<NAME> per file docs/findings/<NAME>.md.
# cmake -DFOLDER=... -DOUTPUT=... -P embed_texts.cmake
file(GLOB texts ${FOLDER}/*.md)
set(result "/* Made from docs/findings by cmake/embed_texts.cmake. */\n")
foreach(text ${texts})
	get_filename_component(name ${text} NAME_WE)
	file(READ ${text} content)
	string(REPLACE "\\" "\\\\" content "${content}")
	string(REPLACE "\"" "\\\"" content "${content}")
	string(REPLACE "\n" "\\n\"\n\t\"" content "${content}")
	string(APPEND result "static const char explain_${name}[] =\n\t\"${content}\";\n")
endforeach()
file(WRITE ${OUTPUT} "${result}")
