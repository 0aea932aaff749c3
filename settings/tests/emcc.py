"""What an emcc makes of each line of a file, as if it stood after -s: the value, or `refused`. It stands in emcc's folder."""

import sys

from tools import settings as settings_module

try:
  # From 4.0 on.
  from tools import cmdline as emcc
  emcc.apply_user_settings
except (ImportError, AttributeError):
  import emcc


class Refused(Exception):
  pass


def refuse(message, *args):
  raise Refused(message)


def read(typed):
  """Answers the name and the value."""
  if hasattr(emcc, 'options'):
    emcc.options.s_args = ['-s' + typed]
    emcc.user_settings.clear()
    emcc.parse_s_args()
    name = next(iter(emcc.user_settings))
    emcc.apply_user_settings()
  else:
    changes, _ = emcc.parse_s_args(['-s' + typed])
    if not changes:
      refuse('it is no setting, and goes to the compiler')
    name, value = emcc.normalize_boolean_setting(*changes[0].split('=', 1))
    if hasattr(emcc, 'apply_settings'):
      emcc.apply_settings({name: value})
    else:
      emcc.user_settings.clear()
      emcc.user_settings[name] = value
      emcc.apply_user_settings()
  return getattr(settings_module.settings, name)


emcc.exit_with_error = settings_module.exit_with_error = refuse
with open(sys.argv[1]) as lines:
  for line in lines:
    try:
      value = read(line.rstrip('\n'))
      print(','.join(str(item) for item in value) if isinstance(value, list) else value)
    except Refused:
      print('refused')
