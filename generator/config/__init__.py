"""``site_config.yml``: read, checked, and turned into one frozen, typed value.

yaml_lines   YAML text -> plain values, and the line of each
fields       the values that keys take
network      where the network comes from, and what it reads
compute      where tasks run
schema       the config's types, and what each key means
places       where a key stands: file, line, dotted name
problems     pydantic's errors in plain words, with lines and "did you mean"
folders      folders that would get in each other's way
load         all of these, one after the other
json_schema  the types as a JSON Schema, for editors
reference    the schema as a page of the docs
"""
